"""What customers of Maison Aurore write: by theme, tone and language. No phrase holds personal data."""

from __future__ import annotations

NEGATIVE, MIXED, POSITIVE = 0, 1, 2

THEMES = ("delivery", "service", "taste", "price", "choice", "packaging", "website")

PHRASES: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "fr": {
        "delivery": (
            (
                "Colis arrivé avec une semaine de retard",
                "Encore une livraison en retard ce mois-ci",
                "Le livreur n'est jamais passé le jour prévu",
                "J'ai attendu ma box pendant des jours sans nouvelles",
            ),
            (
                "La livraison est correcte mais pas toujours le jour dit",
                "Colis un peu en retard, sans gravité",
                "Le suivi du colis pourrait être plus précis",
            ),
            (
                "Livraison rapide et toujours à l'heure",
                "Le colis arrive chaque mois comme promis",
                "Box reçue en deux jours, parfait",
            ),
        ),
        "service": (
            (
                "Personne ne répond au téléphone",
                "J'ai dû expliquer mon problème trois fois",
                "Le service client n'a rien résolu",
                "Réponse automatique, aucune solution",
            ),
            (
                "Le conseiller était aimable mais la réponse a tardé",
                "Problème réglé, mais il a fallu rappeler",
                "Accueil correct, sans plus",
            ),
            (
                "Conseillère très à l'écoute, problème réglé en cinq minutes",
                "Un service client comme on aimerait en voir partout",
                "Réponse rapide et gentille",
            ),
        ),
        "taste": (
            (
                "Le café de ce mois-ci était amer",
                "Les thés sont moins bons qu'avant",
                "Déçu par la torréfaction, un goût de brûlé",
            ),
            (
                "Certains cafés sont bons, d'autres fades",
                "Bon café mais peu de surprise",
                "Le thé noir est réussi, le vert un peu moins",
            ),
            (
                "Le café est excellent, un vrai bonheur le matin",
                "Des thés très fins, on se régale",
                "La qualité des grains est remarquable",
            ),
        ),
        "price": (
            (
                "Trop cher pour ce que c'est",
                "Les prix ont encore augmenté",
                "Je trouve moins cher ailleurs pour la même qualité",
            ),
            (
                "C'est un peu cher, mais la qualité est là",
                "Prix élevé hors promotion",
                "Une remise de fidélité serait bienvenue",
            ),
            (
                "Très bon rapport qualité-prix",
                "Le prix de l'abonnement est honnête",
                "On en a pour son argent",
            ),
        ),
        "choice": (
            (
                "Toujours les mêmes références, je me lasse",
                "Impossible de changer le contenu de ma box",
                "Pas assez de décaféiné",
            ),
            (
                "Le choix est bon mais change peu",
                "J'aimerais plus de thés sans théine",
                "Sélection correcte",
            ),
            (
                "De belles découvertes chaque mois",
                "Un choix varié et bien expliqué",
                "J'adore la sélection de saison",
            ),
        ),
        "packaging": (
            (
                "Beaucoup trop d'emballage",
                "Le paquet est arrivé ouvert",
                "La boîte était écrasée",
            ),
            (
                "Joli coffret mais trop de carton",
                "Le sachet se referme mal, dommage",
                "Emballage correct",
            ),
            (
                "Un coffret soigné, on dirait un cadeau",
                "Emballage recyclable, bravo",
                "Très belle présentation",
            ),
        ),
        "website": (
            (
                "Le site plante au moment de payer",
                "L'application me déconnecte sans cesse",
                "Impossible de mettre l'abonnement en pause sur le site",
            ),
            (
                "Le site est joli mais un peu lent",
                "Il faut chercher pour modifier sa commande",
                "L'application fait le travail",
            ),
            (
                "Commander prend deux minutes, très simple",
                "L'application est claire et rapide",
                "Mettre en pause son abonnement est facile",
            ),
        ),
    },
    "en": {
        "delivery": (
            (
                "The parcel came a week late",
                "Late again this month",
                "The courier never showed up on the day",
                "I waited for days without any news of my box",
            ),
            (
                "Delivery is fine but not always on the day",
                "A little late, nothing serious",
                "Tracking could be more precise",
            ),
            (
                "Fast delivery and always on time",
                "The box comes every month as promised",
                "Arrived in two days, perfect",
            ),
        ),
        "service": (
            (
                "Nobody picks up the phone",
                "I had to explain my problem three times",
                "Customer care solved nothing",
                "An automatic reply and no solution",
            ),
            (
                "The agent was kind but the answer took a while",
                "Solved, but I had to call again",
                "Service was acceptable",
            ),
            (
                "The agent listened and fixed it in five minutes",
                "Customer care as it should be everywhere",
                "A quick and friendly answer",
            ),
        ),
        "taste": (
            (
                "This month's coffee was bitter",
                "The teas are not as good as before",
                "Disappointed by the roast, it tastes burnt",
            ),
            (
                "Some coffees are good, others bland",
                "Good coffee but few surprises",
                "The black tea is good, the green one less so",
            ),
            (
                "The coffee is excellent, a joy every morning",
                "Very fine teas, we love them",
                "The beans are of remarkable quality",
            ),
        ),
        "price": (
            (
                "Too expensive for what it is",
                "Prices went up again",
                "I find the same quality cheaper elsewhere",
            ),
            (
                "A bit expensive, but the quality is there",
                "The price is high without a discount",
                "A discount for loyal customers would be welcome",
            ),
            (
                "Great value for money",
                "The subscription is fairly priced",
                "Worth every cent",
            ),
        ),
        "choice": (
            (
                "Always the same things, I am getting bored",
                "I cannot change what is in my box",
                "Not enough decaf",
            ),
            (
                "A good range that rarely changes",
                "I would like more herbal teas",
                "The selection is all right",
            ),
            (
                "Lovely discoveries every month",
                "A varied choice, well explained",
                "I love the seasonal selection",
            ),
        ),
        "packaging": (
            (
                "Far too much packaging",
                "The bag was open when it arrived",
                "The box was crushed",
            ),
            (
                "A pretty box but too much cardboard",
                "The bag does not close well, a pity",
                "Packaging is fine",
            ),
            (
                "A box as careful as a present",
                "Recyclable packaging, well done",
                "Beautifully presented",
            ),
        ),
        "website": (
            (
                "The site crashes when I pay",
                "The app keeps logging me out",
                "There is no way to pause the subscription online",
            ),
            (
                "The site is pretty but a little slow",
                "It takes some searching to change an order",
                "The app does its job",
            ),
            (
                "Ordering takes two minutes, very simple",
                "The app is clear and fast",
                "Pausing my subscription is easy",
            ),
        ),
    },
}
"""Language → theme → (negative, mixed, positive) phrases."""

CLOSINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "fr": (
        (".", " !", ", je vais résilier si cela continue.", ", très déçu.", ". C'est la dernière fois."),
        (".", ", à améliorer.", ", on verra le mois prochain.", ". Rien de plus à dire."),
        (".", " !", ", continuez ainsi !", ". Je recommande.", ", merci à toute l'équipe."),
    ),
    "en": (
        (".", "!", ", I will cancel if this goes on.", ", very disappointed.", ". That was the last time."),
        (".", ", could be better.", ", let us see next month.", ". Nothing more to say."),
        (".", "!", ", keep it up!", ". I recommend it.", ", thanks to the whole team."),
    ),
}
"""How a comment ends: language → (negative, mixed, positive)."""
