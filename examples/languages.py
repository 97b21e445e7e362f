"""Paragraphs in languages other than English, five of each; all written for the bundled crawl."""

LANGUAGES: dict[str, list[str]] = {
    "de": [
        "Der Wald hinter dem Dorf gehört seit dem Mittelalter allen Bewohnern gemeinsam. Jede Familie darf im Winter so viel Holz holen, wie sie an einem Tag tragen kann. Ein gewählter Förster entscheidet, welche Bäume gefällt werden und wo neue Buchen wachsen sollen.",
        "Auf dem Wochenmarkt verkaufen die Bauern Kartoffeln, Äpfel und einen Käse, der nach Heu duftet. Wer früh kommt, bekommt die besten Pilze, denn die sind bis neun Uhr ausverkauft. Am Mittag spielt eine Blaskapelle, und die Händler packen langsam ihre Stände zusammen.",
        "Die alte Schleuse wird noch immer von Hand bedient. Zwei Tore aus Eichenholz halten das Wasser zurück, während das Schiff um vier Meter gehoben wird. Der Schleusenwärter kennt jeden Kapitän mit Namen und fragt, wie es den Kindern geht.",
        "Im Museum für Uhren ticken über dreihundert Werke gleichzeitig. Der Leiter stellt sie absichtlich nicht auf dieselbe Sekunde ein, weil sie sonst alle auf einmal schlagen würden. Besonders beliebt ist eine Uhr, deren Zeiger rückwärts laufen.",
        "Seit die Straßenbahn wieder fährt, sind weniger Autos in der Innenstadt. Die Fahrkarte kostet weniger als eine Tasse Kaffee und gilt den ganzen Tag. Viele Schüler nutzen die Linie, und am Abend fährt sie bis zum See hinaus.",
    ],
    "fr": [
        "Le village se trouve au bord d'une rivière qui déborde presque chaque printemps. Les maisons les plus anciennes ont donc leur entrée au premier étage, au-dessus d'un escalier de pierre. Les habitants racontent que leurs ancêtres rentraient chez eux en barque.",
        "La boulangère prépare sa pâte la veille et la laisse reposer dans une cave fraîche. Elle utilise une farine moulue par le voisin, qui possède encore un moulin à eau. Ses clients viennent de loin, car le pain reste bon pendant toute une semaine.",
        "Chaque automne, les vendanges réunissent les familles et les étudiants de la région. On coupe les grappes à la main, parce que les pentes sont trop raides pour les machines. Le soir, tout le monde mange à la même table et chante jusqu'à minuit.",
        "Le petit musée de la mer conserve des cartes, des nœuds et une baleine de bois. Le gardien a navigué pendant trente ans avant de s'installer ici. Il explique aux enfants comment les marins trouvaient leur route grâce aux étoiles.",
        "La nouvelle piste cyclable suit l'ancienne voie ferrée sur quarante kilomètres. Elle traverse deux tunnels où il fait froid même au mois d'août. Des bénévoles ont repeint les gares abandonnées et y servent du café aux promeneurs.",
    ],
    "es": [
        "El mercado del puerto abre antes del amanecer, cuando los barcos regresan con la pesca. Los cocineros de los restaurantes llegan primero y eligen los peces más frescos. Después vienen los vecinos, que discuten los precios y preguntan por el tiempo.",
        "En la sierra vive un artesano que construye guitarras con madera de ciprés. Deja secar las tablas durante doce años antes de tocarlas con una herramienta. Dice que la prisa se oye en cada nota y que nadie puede esconderla.",
        "Los olivos del valle tienen más de quinientos años y siguen dando fruto. En invierno las familias extienden redes bajo los árboles y golpean las ramas con varas largas. El primer aceite es verde, amargo y tan apreciado que nunca llega a las tiendas.",
        "La biblioteca del barrio nació en un autobús viejo que ya no podía circular. Los niños pintaron las ventanas y los padres construyeron estantes de pino. Hoy guarda seis mil libros y organiza lecturas todos los jueves por la tarde.",
        "Durante la sequía el pueblo aprendió a guardar cada gota de agua. Los tejados llevan la lluvia a depósitos de piedra que construyeron los abuelos. Con esa agua se riegan los huertos, y nadie ha vuelto a perder una cosecha.",
    ],
    "it": [
        "La piazza del paese è circondata da portici sotto i quali si passeggia anche quando piove. La domenica mattina gli anziani giocano a carte davanti al bar e commentano la partita. I bambini rincorrono i piccioni, mentre le campane chiamano alla messa.",
        "Nel laboratorio del liutaio si sente odore di legno e di vernice. Ogni violino richiede circa duecento ore di lavoro e non esistono due strumenti uguali. Il maestro conserva un quaderno in cui annota la forma di tutti quelli che ha costruito.",
        "I pescatori del lago escono prima dell'alba con barche dal fondo piatto. Usano reti leggere che le loro madri hanno riparato durante l'inverno. Il pesce viene seccato al sole e servito con la polenta nelle osterie della riva.",
        "La ferrovia di montagna attraversa ventisei gallerie e quaranta ponti. Quando fu costruita, molti pensavano che nessun treno sarebbe riuscito a salire così in alto. Oggi i viaggiatori guardano le cime innevate mentre bevono il caffè.",
        "Ogni estate il teatro all'aperto presenta un'opera che quasi nessuno conosce. I cantanti sono giovani, le scene vengono dipinte dagli studenti e il pubblico siede sull'erba. Se arriva un temporale, tutti corrono in chiesa e lo spettacolo continua.",
    ],
    "pt": [
        "A aldeia fica numa encosta virada para o rio, onde o vinho cresce entre muros de pedra. Os trabalhadores sobem as escadas estreitas com cestos às costas durante a vindima. À noite pisam as uvas descalços, ao som de um acordeão, como faziam os avós.",
        "O farol foi construído depois de um naufrágio que matou trinta marinheiros. Hoje funciona sozinho, mas o antigo guarda ainda sobe todas as semanas para limpar os vidros. Ele diz que o mar nunca tem duas vezes a mesma cor.",
        "Na escola da ilha há apenas sete alunos e um professor que chega de barco. Quando o mar está bravo, as aulas são dadas pelo rádio. Os pais participam muito, e a biblioteca tem mais livros do que habitantes tem a ilha.",
        "A cortiça é retirada dos sobreiros de nove em nove anos, sempre no verão. O corte exige mãos experientes, porque uma ferida na árvore pode matá-la. Depois de seca, a casca serve para rolhas, sapatos e até paredes de casas.",
        "O mercado do bairro voltou a viver quando os jovens abriram pequenas cozinhas. Agora há filas para o peixe grelhado e para os bolos de amêndoa. Os vendedores antigos ficaram desconfiados no início, mas hoje vendem o dobro da fruta.",
    ],
    "nl": [
        "Het dorp ligt drie meter onder de zeespiegel en wordt beschermd door een hoge dijk. Elke nacht loopt iemand met een lamp over de dijk om naar lekken te zoeken. De molens langs de vaart pompen al eeuwen het overtollige water naar zee.",
        "Op de fietsenmarkt worden oude fietsen hersteld door mensen die het vak nog willen leren. Een nieuwe ketting kost weinig, en het advies is altijd gratis. Wie geen geld heeft, mag betalen met een uur werk in de werkplaats.",
        "De tulpen bloeien in april, maar het werk begint al in de herfst. Dan worden de bollen met de hand in rechte rijen gezet en met stro bedekt. Toeristen zien later alleen de kleuren en niet de koude handen van de kwekers.",
        "In de bibliotheek mag je praten, koffie drinken en zelfs een trui breien. De directeur vindt dat boeken pas leven als mensen er samen over spreken. Op woensdag lezen kinderen voor aan ouderen die slecht zien.",
        "De veerboot vaart al honderd jaar tussen de twee oevers van de rivier. Vroeger werd hij door een paard voortgetrokken, nu gebruikt de schipper een elektrische motor. Fietsers betalen een halve euro en honden varen gratis mee.",
    ],
    "sv": [
        "Skogen runt sjön är full av blåbär i slutet av juli. Barnen plockar dem i hinkar och säljer dem vid vägen till de bilar som stannar. På kvällen kokar mormor sylt, och hela huset luktar socker och sommar.",
        "Båten till ön går bara två gånger om dagen under vintern. Kaptenen väntar alltid några minuter om han ser att någon springer på bryggan. Ombord finns ett litet bibliotek där man får ta en bok och lämna en annan.",
        "Den gamla bruksorten levde länge på järn och trä. När hytten stängdes flyttade många, men några konstnärer köpte de tomma husen. Nu arbetar glasblåsare och smeder där, och på lördagar får besökare prova själva.",
        "Norrskenet syns bäst när det är kallt och helt mörkt. Forskarna på stationen mäter hur starkt ljuset är och skickar sina siffror över hela världen. Gäster får följa med ut på isen, men de måste släcka sina lampor.",
        "Varje vår släpper bönderna ut korna efter en lång vinter i ladugården. Djuren hoppar och springer som kalvar när de känner gräset under klövarna. Hundratals människor kommer för att titta, och efteråt bjuds det på kaffe och bullar.",
    ],
}
