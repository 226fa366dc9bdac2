"""Common first names in France and Britain, without accents and in lower case."""

from __future__ import annotations

from cxmodels.feedback.verbatims.words import words_of

FIRST_NAMES: frozenset[str] = words_of(
    """
    abdul abdullah adam adele adeline aditya adrien agathe agnes agnieszka ahmad ahmed aicha aisha akim alain alban
    albane alex alexandra alexandre alexis ali alice alicia aline alisha alison amal amandine amber amelie amina
    aminata amir amit amy anais andre andrea andrew andy angela angelique anil anita anjali ann anna anne annick annie
    anthony antoine antonin antony april arjun arnaud arthur ashley ashraf aude audrey aurelie aurelien aurore axel
    axelle ayesha aziz baptiste barbara barry bastien beatrice ben benedicte benjamin benoit bernadette bernard
    bertrand beth betty bilal bill bob bradley brandon brenda brian brigitte bruno camille carine carl carla carol
    carole caroline carolyn catherine cathy cecile cedric celia celine chantal charlene charles charlie charlotte chen
    chloe chris christelle christian christiane christina christine christophe christopher cindy claire clara clemence
    clement clementine colette colin connor corinne craig cyril cyrille damien daniel daniela danielle danny darren
    dave david dawn debbie deborah deepak delphine denis denise dennis derek diana diane didier djamila dmitri
    dominique donald donna doris dorothee driss duncan dylan eddie edith edouard edward eileen elaine eleanor elena
    elisabeth elise elizabeth ella ellen ellie elodie eloise elsa emilie emily emma emmanuel emmanuelle enzo eric
    estelle esther ethan etienne eugenie eva evan evelyne ewan fabien fabienne fabrice fahad faisal fanny farah farid
    farida fatima fatou fatoumata felix ferdinand fiona florence florent florian francine francis franck francois
    francoise frank fred frederic frederique gabriel gabrielle gael gaelle gareth gary gavin genevieve geoff geoffrey
    george georges georgia georgina gerald geraldine gerard germain ghislaine gilbert gilles gillian gisele glen glenn
    gordon grace graham greg gregoire gregory guillaume gustave guy gwen gwenaelle hakim hamid hamza hana hannah
    harriet harry hasan hassan hayley heather hector helen helena helene henri henry herve howard hubert hugh hugo
    hussain hussein ian ibrahim idris imran ingrid irene irfan isabel isabelle isla ismael ivan ivana jack jacob
    jacqueline jacques jake jakub jamal james jamie jane janet janice jasmine jason jean jeanne jeannine jeff jennifer
    jenny jeremy jerome jess jessica jill jim jo joan joanna joanne joe joel joelle johanna john jonathan jordan jose
    joseph josephine josette josh joshua josiane joyce juan judith judy jules julia julian julie julien juliette june
    justin justine kabir kamal kamel karen karim karine karl katarzyna kate katherine kathleen kathryn katie katy
    keith kelly ken kenneth kerry kevin khadija khaled khalid kim kirsty krzysztof kyle laetitia lamia lara latifa
    laura laure lauren laurence laurent laurie lea leanne lee leila lena leo leon leonie leslie leticia lewis liam
    lilian liliane linda lisa loic lola louis louisa louise luc luca lucas lucie lucien lucienne lucy ludovic luis
    luke lydia lydie lynn mael maelle maeva magali magdalena mahmoud malcolm malik mamadou manon manuel marc marcel
    marcelle marco marek margaret margaux margot marguerite maria mariam mariama marianne marie marilyn marina marine
    mario marion marjorie mark marlene martha martin martine marvin mary maryam mateo mathieu mathilde matt matteo
    matthew matthieu maud maureen maurice max maxime may megan mehdi mei melanie melissa michael michel michele
    micheline michelle mickael mike mina mireille mohamed mohammad mohammed molly monica monique morgan morgane mourad
    moussa muhammad muriel mustafa mustapha myriam nabil nadege nadia nadine nadir naima naomi nasser natacha natalie
    natasha nathalie nathan neha neil nicholas nick nicola nicolas nicole nigel nina nisha noa noah noel noelle nora
    norman odette odile olga olive oliver olivia olivier omar oscar ousmane owen pascal pascale pat patrice patricia
    patrick paul paula paulette pauline pavel pedro peggy penny perrine peter phil philip philippe phillip phoebe
    pierre piotr pooja priya quentin rachel rachid rahul raj rajesh raoul raphael rashid ravi ray raymond rebecca
    regine regis remi remy renaud rene renee richard ricky rob robert roberto robin rodney roger rohit roland romain
    romane rosa rosalie rose ross roxane roy ruby russell ruth ryan sabine sabrina salim sally salma sam samantha
    samir samira samuel sandeep sandra sandrine sanjay sara sarah sarita scott sean sebastien serge sergei severine
    shane shannon sharon sheila shirley sidonie simon simone sofia sofiane solange solene sonia sophia sophie stacey
    stan stefan stella stephane stephanie stephen steve steven stewart stuart sue sunita suresh susan suzanne sylvain
    sylvie tamara tanguy tania tara tariq teresa terry thelma theo theodore theresa therese thibault thibaut thierry
    thomas tim timothy tina tobias toby tom tomasz tommy tony tracey tracy trevor tristan ugo usman valentin valentine
    valerie vanessa vera veronique vicky victoire victor victoria vijay vincent violette virginie viviane wayne wei
    wendy wilfried will william willy xavier yacine yann yannick yasin yasmin yasmina yasmine youssef yusuf yves
    yvette yvonne zachary zahra zainab zoe
    """
)

WORDS_TOO: frozenset[str] = words_of(
    """
    amber april bill charlotte claire clementine dawn felix florence frank glen grace grant guy hugo jack jasmine jo
    jordan june kim lee leo lola madeleine marco marguerite marine mark martin max may morgan noel olive oscar pascal
    penny robin romane rose ross ruby stella sue valentine victoire victor victoria violette will
    """
)
"""Names that are words, places or products too: alone they are taken for a name only after a word that leads to one."""

SMALL_WORDS_TOO: frozenset[str] = WORDS_TOO | words_of(
    """
    angel ann barry basil ben bob carol christian di gene germain harry jean jim
    ken mike pat pierre ray regis rob roger
    serge tim tom tony
    """
)
"""Names that are words too where they are written in small letters."""
