"""Words by language: those that join others, those that praise or blame, and common ones that tell a language.

The lists are our own. Accents are left off where a text is compared without them (`folded`).
"""

from __future__ import annotations

import unicodedata


def words_of(text: str) -> frozenset[str]:
    """The words of a text, parted by spaces."""
    return frozenset(text.split())


def folded(text: str) -> str:
    """Lower case without accents: ``"Reçu"`` → ``"recu"``."""
    plain = text.lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter))


FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "fr": words_of(
        """
        a ai aie aimerais aimerait ainsi ait alors annee annees apres as assez au aucun aucune aujourd aura aurait
        aussi autre autres aux avaient avais avait avant avec avez aviez avoir avons ayant beaucoup bien c ca car ce
        ceci cela celle celles celui cependant certain certaine certaines certains ces cet cette ceux chaque chez ci
        combien comme comment d dans de deja depuis des dire dit dites donc dont du elle elles en encore ensuite entre
        est et etaient etais etait etant ete etre eu eux faire fait fallu faut fois font h hier hors hui ici il ils j
        jamais je jusqu jusque l la le lequel les leur leurs lors lorsque lui m ma mais me meme memes mes mien moi
        moins mois mon n ne ni nos notre nous on ont ou par parce pas pendant personne peu peut peux plus plusieurs
        plutot pour pourquoi pourrait pouvez prochain prochaine puis puisque qu quand que quel quelle quelles quelque
        quelques quels qui quoi rien s sa sans se sera serait ses si sinon soit son sont sous souvent suis sur t ta
        tandis tant te tel telle tellement tes toi ton toujours tous tout toute toutes tres trop tu un une va vais
        vers voici voila voir vont vos votre vous y
        """
    ),
    "en": words_of(
        """
        a about after again all almost already also always am an and another any are aren as at back be because been
        before being between both but by came can cannot come could couldn d did didn do does doesn doing don done
        down during each either else enough ever every everything few for from get gets getting go goes going gone got
        had hadn has hasn have haven having he her here hers him his how however i if in into is isn it its itself
        just last let like ll long m make many may me might mine month months more most much must my myself neither
        never next no nor not nothing now of off often on once one only onto or other others our ours out over own
        quite rather re really s said same say says see seem seems seen she should shouldn since so some something
        soon still such t take takes than that the their theirs them then there these they thing things this those
        though through time times to too took until up upon us ve very was wasn way we well went were weren what when
        where which while who whole whom whose why will with within without won would wouldn year years yes yet you
        your yours
        """
    ),
}
"""Language → words that carry no subject, without accents."""

TONE_WORDS: dict[str, frozenset[str]] = {
    "fr": words_of(
        """
    abominable adorable adore affreux agreable aimable ameliorer bel belle belles beau beaux bof bon bonne bonnes bons
    bravo catastrophe catastrophique content contente continuer continuez correct correcte decevant decevante
    deception decu decue decus deplorable dernier derniere dommage excellent excellente excellents extra felicitations
    formidable genial genie gentil gentille gravite horrible impeccable inadmissible incroyable insatisfait joli jolie
    lamentable magnifique mal mauvais mauvaise mediocre mediocres merci meilleur meilleure mieux moyen moyenne nickel
    nul nulle parfait parfaite pire plaisir ras ravi ravie recommande recommander recommanderai resilier satisfait
    satisfaite satisfaction scandaleux super superbe sympa top vrai vraie vraiment verra
    """
    ),
    "en": words_of(
        """
    abysmal amazing annoyed annoying appalling atrocious awesome awful bad beautiful best better brilliant cancel
    delighted disappointed disappointing disgraceful disgusting disgusted dreadful excellent exceptional fabulous
    fantastic far fine glad good great happy hate hopeless horrible impressed incredible joke keep love loved lovely
    marvellous nice okay outstanding perfect please pleased pleasure poor poorly recommend recommended ridiculous
    rubbish sad sadly satisfied serious shame shocking superb terrible thank thanks top unhappy unacceptable useless
    welcome wonderful wonderfully worse worst
    """
    ),
}
"""Language → words that praise, blame, thank or threaten. The score says as much; a theme is what it is said of."""

COMMON_WORDS: dict[str, frozenset[str]] = {
    "fr": words_of(
        """
        abonnement accueil achat acheter adresse aide appel appeler argent attendre attente bientot boite bonjour
        cadeau cher chere choix client clients colis commande commander communication compte conseil conseiller
        conseillere cordialement courrier delai delais deux emballage envoi equipe erreur etes facile facture heure
        heures jour journee jours lent lente livraison livre livree livreur madame magasin merci moi monsieur mot
        nouveau nouvelle numero offre ouvert paiement panne perdu petit petite prix probleme problemes produit
        produits promesse qualite quatre rapide rapidement rappel rappeler recevoir recu remboursement rembourser
        rendez repondre reponse reseau retard retour semaine semaines service services site soir suite suivi tarif
        telephone temps trois vendeur vendeuse vente vite
        """
    ),
    "en": words_of(
        """
        account advice agent answer app appointment bill billing box broadband broken buy call called cheap cheaper
        choice communication company connection contact cost courier customer customers day days deal delay delivered
        delivery early easily easy efficient email engineer everyone expensive experience fast fault fix fixed
        friendly good help helped helpful home hour hours issue issues late line long mail money need new nobody
        number online order ordered parcel pay people phone polite price prices problem problems product products
        professional promised quality quick quickly rude sent service services slow smooth speak speed staff store
        team today told understand waiting wait week weeks work working works
        """
    ),
}
"""Language → frequent words of what customers write, without accents, beside those above."""

OTHER_LANGUAGES: frozenset[str] = words_of(
    """
    aber alles auch bei bitte das dass dem den der die ein eine einen für gut habe haben hat ich ihr immer ist kein
    keine leider mehr mich mit nach nicht noch nur oder schnell sehr sich sie sind und von vom waren warten wenn wir
    wird zu zum bueno cuando del desde el esta estoy fue gracias hasta los las más mi muy nada para pero por porque
    que siempre sin su todo una y ya con como anche che della delle di dopo è gli grazie il mai molto nel non ottimo
    perché più però sempre servizio sono stato un aan bedankt bij dan dat een er geen goed het hij ik je maar met naar
    niet nog ook op snel te uit van veel voor was wat wij zijn ao bom com da do dos e ele em foi mas melhor muito na
    não nao no nos o obrigado os produto uma
    """
)
"""Frequent words of German, Spanish, Italian, Dutch and Portuguese, which tell that a text is in neither language."""
