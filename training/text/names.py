# ruff: noqa: E501, RUF022 - word lists
"""People's names by culture: own lists plus syllable models, so that a model learns shape and context.

About a fifth of the listed names (by checksum) is held out: training never draws them, the held-out sets
draw nothing else. Synthesised surnames that happen to be held out are drawn again.
"""

from __future__ import annotations

import random
import unicodedata
import zlib
from dataclasses import dataclass

from deid.text import lexicon
from deid.text.words import NOT_NAMES

__all__ = ["CULTURES", "Person", "Names", "fold", "WORD_NAMES", "EPONYM_NAMES"]


def fold(text: str) -> str:
    """Without diacritics."""
    text = text.translate(
        str.maketrans(
            {
                "ß": "ss",
                "ł": "l",
                "Ł": "L",
                "ø": "o",
                "Ø": "O",
                "đ": "d",
                "Đ": "D",
                "ı": "i",
                "æ": "ae",
                "œ": "oe",
                "Æ": "AE",
            }
        )
    )
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def held(word: str) -> bool:
    """Whether a listed name is kept for evaluation."""
    return zlib.crc32(fold(word).lower().encode()) % 5 == 0


def _w(text: str) -> list[str]:
    return [word.strip().replace("_", " ") for word in text.split() if word.strip()]


@dataclass(frozen=True)
class Culture:
    """Lists and syllables of one naming culture."""

    male: list[str]
    female: list[str]
    surnames: list[str]
    heads: list[str]
    tails: list[str]
    style: str = "western"
    middles: list[str] | None = None


CULTURES: dict[str, Culture] = {
    "english": Culture(
        _w(
            "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Frank Patrick Raymond Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Douglas Zachary Peter Kyle Noah Ethan Jeremy Walter Christian Keith Roger Terry Austin Sean Gerald Carl Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan Alan Juan Albert Willie Elijah Wayne Randy Vincent Mason Roy Ralph Bobby Russell Bradley Philip Eugene Clive Nigel Graham Trevor Ian Colin Neil Gareth Rhys Angus Callum Hamish Liam Declan Cormac Alistair Rupert Giles Barnaby Miles Grant Reed Clay Dale Glenn Guy Rob Bill Chuck Hank Lance Drew Chase Cole Max Rex Ray Ben Tom Jim Bob Sam Dan Ed Ted Ken Ron Don Tim Pat Chris Mike Steve Dave Nick Greg Jeff Will Art Gene Dean Earl Duke Buck Cliff Heath Norm Stew Chip Skip Wade Ward Basil King Major Prince Royal Rock Stone Colt Hunter Archer Mason Carter Cooper Tanner Sawyer Parker Brook River Forest Bud Gus Sonny Junior Rusty Rocky Dusty Sandy Mack Clark Dallas Houston Denver Israel Lincoln"
        ),
        _w(
            "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Margaret Sandra Ashley Kimberly Emily Donna Michelle Carol Amanda Dorothy Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Katherine Christine Debra Rachel Carolyn Janet Catherine Maria Heather Diane Ruth Julie Olivia Joyce Virginia Victoria Kelly Lauren Christina Joan Evelyn Judith Megan Andrea Cheryl Hannah Jacqueline Martha Gloria Teresa Ann Sara Madison Frances Kathryn Janice Jean Abigail Alice Julia Judy Sophia Grace Denise Amber Doris Marilyn Danielle Beverly Isabella Theresa Diana Natalie Brittany Charlotte Marie Kayla Alexis Lori Rose Faith Hope Joy Dawn April May June Summer Autumn Violet Ivy Daisy Lily Olive Pearl Ruby Hazel Iris Ginger Penny Robin Sally Molly Gwen Sian Bronwen Niamh Siobhan Aoife Fiona Morag Eilidh Philippa Imogen Harriet Beatrice Florence Winifred Edith Maud Agnes Mabel Kate Sue Liz Beth Peg Meg Jo Jen Becky Vicky Debbie Cathy Kathy Patty Angel Patience Charity Constance Prudence Honor Mercy Melody Harmony Crystal Star Candy Brandy Destiny Trinity Genesis Eden Willow Sage Clover Fern Heather Myrtle Opal Coral Jewel Sunny Blythe Queen Precious Chastity Ocean Sierra Savannah Dakota Montana Carolina Georgia Paris London Brooklyn Chelsea Florence"
        ),
        _w(
            "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson White Harris Martin Thompson Robinson Clark Lewis Lee Walker Hall Allen Young King Wright Hill Scott Green Adams Baker Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey Cooper Richardson Cox Howard Ward Peterson Gray James Watson Brooks Kelly Sanders Price Bennett Wood Barnes Ross Henderson Coleman Jenkins Perry Powell Long Patterson Hughes Washington Butler Simmons Foster Bryant Alexander Russell Griffin Hayes Myers Ford Hamilton Graham Sullivan Wallace Woods Cole West Jordan Owens Reynolds Fisher Ellis Harrison Gibson McDonald Marshall Wells Webb Simpson Stevens Tucker Porter Hunter Hicks Crawford Henry Boyd Mason Morales Kennedy Warren Dixon Burns Gordon Shaw Holmes Rice Robertson Hunt Black Daniels Palmer Mills Nichols Grant Knight Ferguson Stone Hawkins Dunn Perkins Hudson Spencer Gardner Stephens Payne Pierce Berry Matthews Arnold Wagner Willis Watkins Olson Carroll Duncan Snyder Hart Cunningham Lane Andrews Harper Fox Riley Armstrong Carpenter Weaver Greene Elliott Chavez Sims Peters Kelley Franklin Lawson Fields Ryan Schmidt Carr Wheeler Chapman Oliver O'Brien O'Connor O'Neill O'Sullivan McCarthy MacLeod McKenzie MacGregor FitzGerald D'Arcy St._John Fitzpatrick Whitcombe Oakeshott Pemberton Thistlewood Braithwaite Featherstone Cholmondeley Ravenscroft Wolstenholme Higginbotham Entwistle Postlethwaite Llewellyn Pritchard Gruffydd"
        ),
        _w(
            "Ash Black Brad Brook Burn Cald Carl Clif Cran Dal Dun East Ed El Fair Farn Fen Gar Gold Good Green Had Hal Hart Haw Hazel High Hol Horn Hunt Ken King Lang Lay Lin Lock Lyn March Mel Mid Mor New Nor Oak Old Or Pem Pres Rad Red Rown Rush Sand Shel Sher South Stan Stock Strat Sut Thorn Tren Wake Wal Wat Wel West Whit Wil Win Wood Worth Yar Bick Cren Drum Gil Hep Kirk Lam Mars Nettle Pike Quar Ross Skel Tad Ull Wen Mac Mc Mc Mc O' O' Bram Crom Dering Ellis Fother Grim Hather"
        ),
        _w(
            "ford ton ham ley wood worth field man well bury by combe den don er gate grave hurst land mere more ridge shaw smith som stead stone thorpe water wick wyn brook burn croft dale er kins son sby low ing ington erton aby ock eld ston wright ard ell Donnell Bride Manus Lachlan Keown Gowan Rae Clusky Cready Hanlon Malley Dowd Rourke Tavish"
        ),
    ),
    "german": Culture(
        _w(
            "Hans Klaus Jürgen Wolfgang Günter Dieter Uwe Heinz Jörg Stefan Matthias Andreas Thomas Michael Sebastian Florian Tobias Lukas Felix Moritz Maximilian Leon Jonas Friedrich Karl-Heinz Horst Gerhard Helmut Rainer Detlef Holger Torsten Ulrich Bernd Ralf Frank Kai Sven Götz Eckhard Ottmar Rüdiger Volker Hartmut Siegfried"
        ),
        _w(
            "Ursula Renate Helga Ingrid Monika Gisela Brigitte Petra Sabine Claudia Birgit Heike Katrin Anja Silke Julia Katharina Lena Hannah Mia Leonie Gertrud Hildegard Irmgard Elfriede Waltraud Liselotte Annegret Bärbel Christel Dörte Frauke Heidrun Kerstin Steffi Jutta Käthe Änne Ute Marlies"
        ),
        _w(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer von_Bülow von_der_Heide Freiherr Göbel Mühlenbeck Süßmann Rosenkranz Katzenelnbogen Oberhauser Unterberger"
        ),
        _w(
            "Acker Alt Bach Bar Baum Berg Birn Boh Bren Buch Burg Daub Diet Dorn Eber Eich Eisen El Erl Falk Feld Fink Frei Gast Gold Grab Grün Hag Hart Hein Her Hirsch Hohen Holz Kalt Kess Kirch Klopp Kram Kreuz Küh Land Leib Lich Lind Lück Mar Möll Nach Neu Nieder Ober Ost Pfann Platz Quad Rade Reich Rein Ried Rosen Rot Sand Schell Schim Schön Schwan Sieb Stahl Stein Stroh Süd Tann Teuf Trau Uhl Veit Wald Wall Wein Weiß Wester Wie Zell Zorn Zwing"
        ),
        _w(
            "mann bauer meyer meister hofer feld berg stein bach baum burg dorf er ert haus hardt heim huber ing inger ke ler ling lich ner now pel rich ring rode sel schmidt schläger stedt thal wald weiler wig winkel ig"
        ),
    ),
    "spanish": Culture(
        _w(
            "José Juan Antonio Manuel Francisco Luis Miguel Carlos Jesús Javier Pedro Rafael Ángel Alejandro Fernando Sergio Jorge Alberto Pablo Andrés Raúl Enrique Ramón Vicente Diego Adrián Rubén Álvaro Iván Óscar Santiago Joaquín Eduardo Víctor Roberto Jaime Mario Ignacio Alfonso Salvador Ricardo Emilio Marcos Julián Tomás Agustín Guillermo Félix Gonzalo Hugo Martín Mateo Nicolás Lázaro Efraín Ulises"
        ),
        _w(
            "María Carmen Josefa Isabel Dolores Pilar Teresa Ana Francisca Laura Antonia Mercedes Cristina Marta Rosario Juana Lucía Concepción Elena Raquel Rocío Manuela Beatriz Encarnación Margarita Paula Nuria Luz Consuelo Esperanza Amparo Milagros Guadalupe Ximena Valentina Camila Sofía Daniela Gabriela Alejandra Yolanda Inés Begoña Remedios Soledad Itziar Maite Graciela Araceli Marisol"
        ),
        _w(
            "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz Calvo Gallego Herrera Márquez León Vidal Peña Flores Cabrera Campos Vega Fuentes Carrasco Diez Reyes Caballero Nieto Aguilar Pascual Santana Herrero Montero Lorenzo Hidalgo Giménez Ibáñez Ferrer Durán Vicente Benítez Arias Mora Vargas Carmona Crespo Román Pastor Soto Sáez Velasco Moya Soler Parra Esteban Bravo Gallardo Rojas Echeverría Etxebarria Zubizarreta de_la_Cruz de_la_Fuente del_Río de_los_Santos Villanueva Quiroga Ocampo Zapata"
        ),
        _w(
            "Al Alb Ar Av Bal Bar Ben Cab Cal Cam Can Car Cas Cer Col Cor Del Es Est Fal Gal Gar Gran Guz Her Iz Lar Leon Mal Man Mar Mel Men Mir Mol Mon Nar Nav Or Os Pal Par Per Qui Rem Riv Rob Ros Sal San Seg Sol Tor Ur Val Var Vel Ver Vil Yb Zam Zar Zor"
        ),
        _w(
            "ado aga al an ano año ar arte as avides ena enas era eras ero eros es ez edo ía iaga ido illa illo in ina ino iñez on ona ondo or oso ot oz uela uelo uza úñez ález árez erez ínez"
        ),
        "spanish",
    ),
    "french": Culture(
        _w(
            "Jean Pierre Michel André Philippe René Louis Alain Jacques Bernard Marcel Daniel Roger Robert Claude Christian Henri Gérard Nicolas Patrick François Laurent Frédéric Stéphane Olivier Sébastien Julien Thierry Guillaume Mathieu Antoine Hugo Théo Étienne Benoît Rémi Loïc Yann Gaël Jean-Luc Jean-Pierre Jean-Marc Gaston Émile"
        ),
        _w(
            "Marie Jeanne Françoise Monique Catherine Nathalie Isabelle Jacqueline Anne Sylvie Martine Madeleine Nicole Suzanne Hélène Christine Valérie Sandrine Céline Aurélie Émilie Chloé Camille Léa Manon Amélie Élodie Geneviève Thérèse Odile Solange Simone Marie-Claude Anne-Sophie Bénédicte Mathilde Océane Noémie Margaux"
        ),
        _w(
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine Chevalier Robin Masson Sanchez Gérard Nguyen Boyer Denis Lemaire Duval Joly Gautier Roger Roche Roy Noël Meyer Lucas Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas Brunet Schmitt Leroux Colas Picard Renard Tremblay Gagnon Bouchard Gauthier Lavoie Côté Pelletier Bélanger Lévesque Bergeron Thibault L'Écuyer d'Estaing de_Villiers Le_Goff Le_Gall Kerguelen"
        ),
        _w(
            "Am Aub Bar Beau Bel Ber Boi Bon Bou Bran Bri Car Cha Char Che Clo Cor Cour Cou Del Des Dor Dou Du Fer Fon Four Gal Gau Gir Gou Gran Gui Her Hou Jac Jou La Lan Le Les Lou Mal Mar Mon Mou Nor Pas Per Plan Pou Pri Qui Ra Ri Ro Rou Sau Sou Ta Ther Tou Tri Vau Ver Vi"
        ),
        _w(
            "ard ault aud eau eaux el elle er et ette ier ière in ine ois oix ol on ot oux ut y mont ville champ val court fort lier net reau rin seau teau tier vet zac gnac dès bert gnon lière"
        ),
    ),
    "italian": Culture(
        _w(
            "Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico Bruno Paolo Michele Giorgio Aldo Sergio Luciano Marco Andrea Alessandro Matteo Lorenzo Davide Simone Stefano Fabio Massimo Niccolò Enzo Ettore Gennaro Raffaele"
        ),
        _w(
            "Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Carmela Caterina Francesca Antonietta Carla Elena Concetta Rita Margherita Franca Paola Giulia Chiara Sara Martina Alessia Federica Silvia Valentina Ilaria Giorgia Ludovica Beatrice Donatella Fiorella"
        ),
        _w(
            "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De_Luca Mancini Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Lombardo Serra Coppola De_Santis D'Angelo Marchetti Parisi Villa Conte Ferraro Ferri Fabbri Bianco Marini Grasso Valentini Messina Sala De_Angelis Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo Morelli Amato Silvestri Mazza Testa Grassi Pellegrino Carbone Giuliani Benedetti Barone Rossetti Caputo Montanari Guerra Palmieri Bernardi Martino Fiore De_Rosa Ferretti Bellini Basile Riva Donati Piras Vitali Battaglia Sartori Neri Costantini Milani Pagano Ruggiero Sorrentino D'Amico Orlando Damico Negri Dell'Acqua Della_Rovere"
        ),
        _w(
            "Al Ang Bal Bar Bas Bel Ber Bon Bor Bra Cal Cam Can Cap Car Cas Cav Cer Cian Col Cor Cos Dal Del Di Fal Far Fer Fil Fio For Fran Gal Gar Gia Gio Giu Gra Gri Lan Lom Luc Mal Man Mar Mas Mel Mon Mor Naz Ol Pac Pal Pan Pas Pel Per Pia Pic Pol Raf Ric Ros Sal San Sca Ser Sil Spa Tar Tom Tor Val Ven Ver Vit Zam"
        ),
        _w(
            "aldi ali amo ani ano ara ato azzi elli ello eri erini esi etti etto iani icchi ieri igni illo ini ino isi o oli oni ossi ucci uzzi atti asco enza one otti erra ola agna"
        ),
    ),
    "polish": Culture(
        _w(
            "Jan Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Jerzy Tadeusz Adam Łukasz Zbigniew Ryszard Dariusz Henryk Mariusz Kazimierz Wojciech Robert Mateusz Marian Rafał Jacek Janusz Mirosław Maciej Sławomir Jarosław Kamil Wiesław Zdzisław Przemysław"
        ),
        _w(
            "Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Janina Teresa Joanna Magdalena Monika Jadwiga Danuta Irena Halina Helena Beata Aleksandra Marta Dorota Marianna Grażyna Jolanta Stanisława Iwona Karolina Bożena Urszula Justyna Renata Wiesława Bogumiła"
        ),
        _w(
            "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski Król Wieczorek Jabłoński Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek Nowicki Pawlak Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak Zalewski Wróblewski Brzęczyszczykiewicz Szczęsny Grzegrzółka Przybylski"
        ),
        _w(
            "Bart Bed Biał Błaszcz Bog Bor Brzoz Chmiel Cieśl Czar Czerw Dom Drozd Dudz Filip Gajew Gałąz Gaw Gór Grab Gron Jan Jaroszew Jas Kacz Kali Kar Kasz Klim Kosiń Krasz Krysz Kub Kur Leśn Lip Łuk Maj Mał Marsz Mich Mik Mróz Olsz Orł Ow Pias Pol Raj Rog Sad Sob Sosn Stach Strz Świer Szcz Szym Tom Trzeb Urb Was Wilcz Wit Wol Wron Zaw Ziel Żak"
        ),
        _w(
            "ak ala ań arz czak czyk ecki eja ek ewicz ewski iak icki iec iński ka ko kowski ński ota owicz owski ski szek ura uta wiak ycki yński yk ówka ęcki ąbek"
        ),
        "slavic",
    ),
    "slavic": Culture(
        _w(
            "Ivan Dmitri Sergei Vladimir Nikolai Alexei Mikhail Andrei Yuri Boris Oleg Igor Viktor Pavel Maksim Artem Kirill Jakub Tomáš Petr Jiří Václav Zdeněk Miloš Dragan Zoran Goran Nenad Slobodan Bojan Luka Marko Stjepan Tomislav Hrvoje Bogdan Taras Ostap Mykola Oleksandr Georgi Dimitar Stoyan Plamen Radoslav Vlad Miroslav Ondřej Juraj Andriy Yevgeny"
        ),
        _w(
            "Olga Natalia Svetlana Irina Tatiana Ekaterina Elena Ludmila Galina Anastasia Daria Oksana Yulia Jana Eva Lenka Zdeňka Božena Jelena Milica Dragana Snežana Vesna Ljiljana Marija Ivana Katarina Petra Tereza Veronika Yana Halyna Solomiya Nadezhda Rositsa Desislava Svitlana Zuzana Martina Mirjana"
        ),
        _w(
            "Ivanov Petrov Smirnov Kuznetsov Popov Volkov Sokolov Lebedev Kozlov Novikov Morozov Pavlov Semenov Golubev Vinogradov Bogdanov Vorobyov Fedorov Mikhailov Belyaev Tarasov Novák Svoboda Novotný Dvořák Černý Procházka Kučera Veselý Horák Němec Jovanović Petrović Nikolić Marković Đorđević Stojanović Ilić Stanković Pavlović Horvat Kovačević Babić Marić Jurić Novak Kovač Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Melnyk Boyko Dimitrov Georgiev Stoyanov Todorov Hruška Krejčí Župan Vuković"
        ),
        _w(
            "Abr Al Ant Bab Bal Bar Bel Bog Bor Bul Cher Chern Dan Dem Dor Dov Drag Dub Er Fil Gal Gol Gor Grish Gus Jur Kal Kar Kir Kob Kol Kop Kor Kras Krav Kuz Lap Lis Luk Mal Mas Med Mel Mil Mir Mor Nest Nov Ob Or Os Pan Pet Pol Prok Pros Rad Rom Ryb Sam Sav Sem Shap Shev Sid Sok Sol Star Step Sukh Tar Tim Tka Tras Ush Vas Ver Vol Yak Zah Zel Zhuk Zub"
        ),
        _w(
            "ačko aev anov arić čenko čić ek enko enkov ev eva ević ić ik ikov in ina inov iuk jak jić ka ko kov kova ković ný ov ova ovic ović ovski ský skaya sky slav uk ut yuk yk chuk shin tsev"
        ),
        "slavic",
    ),
    "turkish": Culture(
        _w(
            "Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat Ömer Ramazan Halil Süleyman Abdullah Mahmut Recep Salih Fatih Kadir Emre Hakan Adem Kemal Yaşar Bekir Musa Metin Orhan Serkan Bülent Cem Tuğrul Oğuz Çağlar Barış Deniz Görkem Umut Tolga Koray"
        ),
        _w(
            "Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Zehra Sultan Hanife Merve Havva Zeliha Esra Fadime Özlem Hacer Yasemin Hülya Cemile Sevim Gülşen Leyla Dilek Büşra Aysel Songül Kübra Halime Esma Aynur Ebru Tuğba Gül Pınar Çiğdem Şule Gönül Nurhan İpek Bahar"
        ),
        _w(
            "Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt Özkan Şimşek Polat Korkmaz Çakır Erdoğan Yavuz Can Acar Şen Aktaş Güler Yalçın Güneş Bozkurt Bulut Keskin Ünal Turan Gül Özer Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy Uçar Gündüz Duman Ergün Coşkun Özcan Taşkın"
        ),
        _w(
            "Ak Al Alt Ar Ata Ay Baş Bay Boz Büyük Çal Çam Çin Dağ Del Demir Din Dur Eker El Er Ers Genç Gök Gül Gün Hız Kara Kah Kan Kar Kay Kes Kır Kıl Koç Kor Köy Küç Mer Öz Özd Pek Sağ Sar Sav Sel Sev Soy Şen Taş Tek Top Tos Tun Tür Uç Ulu Us Uy Üst Var Yal Yaz Yeş Yıl Yur Zen"
        ),
        _w(
            "aç ak al alp an arı aslan ay baş bay bulut ci cı çı dal demir doğan el er gil gün han iş kan kaya kurt lı lu maz men mez oğlu öz soy sun tan taş tay türk can ünlü yol yurt"
        ),
    ),
    "vietnamese": Culture(
        _w(
            "Minh Hùng Dũng Tuấn Anh Hải Nam Long Quang Thành Đức Hiếu Phong Sơn Khoa Bảo Huy Trung Việt Tâm Bình Cường Phúc Thắng Toàn Vinh Kiên Lộc Đạt Quân Tùng Khánh Duy Nhật Hoàng"
        ),
        _w(
            "Lan Hương Mai Hoa Linh Thảo Phương Thu Hà Ngọc Trang Hạnh Yến Nga Thủy Loan Nhung Vân Dung Hiền Oanh Quỳnh Trinh Tuyết Xuân Diệp Giang Hằng Liên My Nhi Tiên Uyên Vy Ánh Bích Chi Đào"
        ),
        _w(
            "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mai Lâm Đoàn Trương Đào Tô Tạ Hà Cao Châu Thái Tăng Quách Lương Vương Kiều Nghiêm Phùng Thạch Ông La Lưu"
        ),
        _w("Ng Ph Th Tr Đ B H L V D Kh Ch Nh Qu G"),
        _w("ạnh ương iên ảo ong uy ọc ường inh âm ức ải ào ứa iêu ảng ành oan uyết ượng ịnh ân ôn ồng ấn ên ích ĩnh"),
        "vietnamese",
        _w("Văn Thị Hữu Đức Ngọc Minh Thanh Quốc Xuân Thu Kim Hoàng Công Bảo Gia Như Mỹ"),
    ),
    "chinese": Culture(
        _w(
            "Wei Jun Qiang Lei Yong Jie Tao Ming Chao Gang Ping Hui Jian Bin Feng Hao Peng Bo Xin Zhiyong Jianguo Guoqiang Weidong Haoran Yuxuan Zihao Zhenhua Xiaoming Ka-Ming Wing-Kit Chi-Wai Tsz-Kin Chun-Hung Jia-Hao Zong-Han"
        ),
        _w(
            "Fang Na Xiuying Min Jing Li Yan Juan Xia Ting Ying Hong Mei Lan Yu Xue Lin Qian Dan Rui Xiaoyan Meiling Yuhan Zixuan Xinyi Shuhua Guiying Lihua Mei-Ling Siu-Fong Wai-Yee Hiu-Tung Ya-Ting Shu-Fen Yi-Chun Pui-Shan"
        ),
        _w(
            "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Yao Shen Zhong Cui Tan Fan Wong Chan Cheung Leung Lau Ng Lam Cheng Kwok Tse Yip Chow Tsang Mak Hui Au Szeto Ouyang Sima Tsai Hsu Hsieh Chiang Kuo Yeh Liao Chiu Pang Poon Fung Kwan"
        ),
        _w("B Ch D F G H J K L M N P Q R S Sh T W X Y Z Zh"),
        _w("an ang ao ei en eng ian iang iao ie in ing iong iu ong ou ua uan uang ue ui un uo"),
        "chinese",
    ),
    "korean": Culture(
        _w(
            "Min-jun Seo-jun Ji-hoon Hyun-woo Dong-hyun Sung-min Young-ho Sang-hoon Jae-sung Joon-ho Tae-hyung Kyung-soo Byung-chul Jin-woo Chang-min Seung-ho Yong-jin Woo-jin Minho Jisung Donghae Hyunjin Kwang-su"
        ),
        _w(
            "Ji-woo Seo-yeon Min-seo Soo-jin Eun-ji Hye-jin Mi-kyung Young-hee Yoo-jin Ji-eun Hyun-jung Kyung-hee Sun-hee Bo-young Da-eun Ha-na Yu-na Eunji Jiyeon Minji Soyoung Hyeon-ju Myung-sook"
        ),
        _w(
            "Kim Lee Park Choi Jung Jeong Kang Cho Yoon Jang Lim Im Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Ko Moon Son Yang Bae Baek Heo Nam Shim Noh Ha Joo Koo Min Ryu Chung Pyo Gil Chae Eom Byun Rhee Yi Ok Bang Gong Do Um"
        ),
        _w("G B D S J K M N H Ch Y P Gw"),
        _w("ang eo eok eong eun ib im in o ong oo u uk um un yeon yu ae aek"),
        "chinese",
    ),
    "japanese": Culture(
        _w(
            "Hiroshi Takashi Kenji Akira Satoshi Kazuo Makoto Yuki Daisuke Takeshi Kenta Shota Ryo Haruto Sota Yuto Hayato Masahiro Noboru Osamu Shinji Tetsuya Yoshio Ichiro Koji Naoki Ren Taro Minoru Isamu Katsumi Susumu Shigeru Kiyoshi"
        ),
        _w(
            "Yoko Keiko Akiko Yumi Naomi Haruka Sakura Aoi Yui Hina Misaki Emi Tomoko Noriko Kazuko Michiko Sachiko Kumiko Mayumi Ayumi Chiyo Fumiko Hanako Rei Nanami Mei Rin Kaori Chihiro Setsuko Etsuko Hisako"
        ),
        _w(
            "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Yamazaki Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada Goto Hasegawa Murakami Kondo Ishii Maeda Sakamoto Endo Aoki Fujii Nishimura Fukuda Ota Miura Fujiwara Matsuda Nakajima Harada Ono Tamura Takeuchi Kaneko Wada Nakayama Ishida Ueda Morita Hara Shibata Sakai Kudo Yokoyama Miyazaki Miyamoto Uchida Takagi Ando Ohno Oyama Kuroda Ōno Itō Satō Katō"
        ),
        _w(
            "Aki Ao Ara Asa Fuji Fuku Funa Furu Hama Hara Hashi Hata Hira Hiro Hori Ichi Ike Ima Ino Ishi Iwa Kama Kana Kawa Kita Koma Kubo Kuma Kuri Kuro Kusa Maki Maru Matsu Mina Miya Mizu Mori Moto Mura Naga Naka Nishi No Oka Oku Omo Sada Saka Saku Sawa Seki Shima Shino Shira Sugi Taka Take Tani Toku Tomi Tsuchi Tsuka Ue Uma Waka Yama Yana Yoko Yoshi"
        ),
        _w(
            "be bashi da do e gaki gami guchi hara hata hashi i ji jima kawa ki ko kubo kura ma mi mine miya mori moto mura naga nishi no numa o oka saka saki sawa shima shita ta tani to uchi ura wa waki yama ya zaki zawa zu"
        ),
    ),
    "arabic": Culture(
        _w(
            "Mohammed Ahmed Ali Omar Hassan Hussein Khalid Ibrahim Yusuf Abdullah Mustafa Mahmoud Tariq Samir Karim Bilal Hamza Faisal Nasser Rashid Walid Ziad Youssef Abdulrahman Abdel-Rahman Saeed Jamal Fadi Rami Anwar Mansour Imran Salim Hisham Muhammad Ismail Amir Reza Hossein Mehdi Farhad Babak Dariush Kamran Usman Adnan Sulaiman"
        ),
        _w(
            "Fatima Aisha Maryam Khadija Zainab Layla Noor Huda Amina Salma Rania Samira Nadia Yasmin Hanan Mona Dina Rana Lina Sara Iman Nawal Farida Ghada Hala Jamila Karima Latifa Maha Najwa Rasha Suad Wafa Zahra Shirin Parisa Nasrin Leila Azadeh Mahsa Rukhsana Shabnam Bushra"
        ),
        _w(
            "Al-Hassan Al-Masri Al-Sayed Haddad Khoury Mansour Nasser Saleh Hamdan Khalil Aziz Rahman Farouk Shaheen Abbas Sabbagh Najjar Hakim Qasim Darwish Fakhoury Sharif Abdallah Bakr Barakat Zaki Hariri Jaber Tawfiq Ghanem Issa Moussa Othman Suleiman Abu_Bakr Abu_Khalil El-Sayed El-Amin bin_Laden bin_Salman ibn_Khaldun Al_Rashid al-Zahrani al-Qahtani Ben_Ali Benali Bensalem Bouazizi Hosseini Ahmadi Mohammadi Karimi Rezaei Moradi Jafari Tehrani Shirazi Khan Malik Siddiqui Qureshi Chaudhry Hussain Sheikh Baig Mirza Butt Javed Zaman"
        ),
        _w(
            "Ab Al-B Al-D Al-F Al-Gh Al-H Al-J Al-K Al-M Al-N Al-Q Al-R Al-S Al-Sh Al-T Al-Z El-B El-G El-K El-M El-S B D F Gh H Has J K Kh M Mah N Q R S Sh T W Y Z Bou Ben Abu_"
        ),
        _w(
            "abi abri adid adri afari ahawi akim alabi allah amadi amid amri anafi araj arani arif arrar asani aseer atib awad awwaf ayed azari ibani ifi imari irazi ishi obani oubi oury uhammadi umaini urani ussaini utairi"
        ),
    ),
    "indian": Culture(
        _w(
            "Rajesh Amit Sanjay Vijay Suresh Ramesh Anil Sunil Rahul Arjun Rohan Vikram Ajay Deepak Manoj Prakash Ravi Ashok Mahesh Ganesh Karthik Srinivas Venkatesh Harish Naveen Aditya Nikhil Siddharth Aravind Balaji Gurpreet Harjit Manpreet Satish Dinesh Mukesh Pranav Ishaan Aarav Krishnan Subramanian Ranjith Chaminda Nuwan"
        ),
        _w(
            "Priya Anjali Sunita Kavita Pooja Neha Deepa Lakshmi Meena Rekha Shanti Usha Asha Radha Sita Gita Divya Aishwarya Sneha Ananya Kavya Nandini Padma Revathi Saraswathi Shilpa Swati Vidya Jaspreet Simran Harpreet Kamala Indira Leela Malini Shreya Tanvi Dilini Sanduni"
        ),
        _w(
            "Sharma Patel Singh Kumar Gupta Verma Reddy Rao Iyer Nair Menon Pillai Mehta Shah Joshi Desai Kulkarni Deshmukh Patil Chatterjee Banerjee Mukherjee Ghosh Das Bose Sen Dutta Roy Chakraborty Mishra Pandey Tiwari Trivedi Chauhan Rathore Yadav Agarwal Jain Kapoor Khanna Malhotra Chopra Bhatia Arora Sethi Gill Dhillon Sandhu Grewal Sidhu Iyengar Krishnamurthy Subramaniam Venkataraman Ramanathan Naidu Hegde Shetty Kamath Bhat Varghese Kurian D'Souza Fernandes Perera Jayasuriya Wickramasinghe Ranasinghe Thapa Gurung Shrestha"
        ),
        _w(
            "Agar Anan Bala Ban Bhar Bhat Chand Char Dam Desh Dev Dhar Gan Gop Gov Har Jag Jay Kal Kam Kar Khan Kul Lal Mad Mah Man Muk Nag Nar Pad Pan Par Pra Rag Raj Ram Ran Sad Sam San Sath Shan Shri Sri Sub Sur Tal Tri Uday Vaid Var Venk Vish Yog"
        ),
        _w(
            "adkar adwaj ale ani anna appa aran arajan asekar athan avan ekar endra eshwar eswaran gaonkar icharan ikar inathan indran ingh iraju kumar lapalli math murthy nath olkar pal pati rajan rakar samy sena shankar singhe suri thi ula ulkar ur uri veni wal wala wani yer"
        ),
    ),
    "african": Culture(
        _w(
            "Chinedu Emeka Ikechukwu Obinna Chukwuma Kwame Kofi Kwabena Yaw Kojo Oluwaseun Babatunde Olumide Adebayo Tunde Segun Femi Mamadou Ousmane Ibrahima Moussa Abdoulaye Tendai Tatenda Farai Themba Sipho Thabo Bongani Mandla Juma Kamau Otieno Wanjala Kipchoge Abebe Tesfaye Haile Bekele Musa Sani Uche Nnamdi Sekou"
        ),
        _w(
            "Ngozi Chioma Adaeze Ifeoma Nkechi Amara Abena Akosua Adwoa Ama Efua Oluwatoyin Folake Yetunde Bukola Funmilayo Aminata Fatoumata Mariama Awa Nomsa Thandiwe Zanele Nokuthula Lerato Wanjiru Achieng Nyambura Atieno Almaz Tigist Selam Makena Chipo Rudo Temitope Zola Adjoa"
        ),
        _w(
            "Okafor Okonkwo Adeyemi Adebayo Eze Nwosu Obi Chukwu Okoro Nwachukwu Ogunleye Olatunji Afolabi Balogun Mensah Owusu Asante Boateng Osei Appiah Agyeman Diallo Diop Ndiaye Traoré Keita Coulibaly Sow Ba Cissé Touré Moyo Ncube Dube Ndlovu Nkosi Dlamini Zulu Khumalo Mokoena Molefe Botha Kamau Mwangi Otieno Ochieng Odhiambo Kariuki Njoroge Mutua Kiprop Tesfaye Bekele Gebremariam Haile Abdi Warsame Okello Mugisha Museveni Nkrumah Achebe Adichie Ngugi Banda Phiri Mbeki Tshabalala Onyekachi Uzoma"
        ),
        _w(
            "Ab Ach Ad Ade Afo Ag Ak Al Am An As Ay Bab Bal Ban Chi Chuk Dia Dl Eg Ek Em En Fal Gba Ik Kam Kip Kwa Mba Mok Mth Mu Mwa Nda Ndi Nga Ngo Njo Nko Nku Nwa Nya Och Od Ogun Ojo Ok Okwu Ol Olu On Opo Os Owu Oy Sis Tsha Ud Ug Um Wan Yeb Zi Zon"
        ),
        _w(
            "aba abi ade adeh adi afor aga akwe ala ali ama amba ami anda ane anga angwa ani anyi ara asi atunde awo aye bele bisi buike chi dele eba ebe ela ele eme eni eyemi eze ibe igwe imba inde inya iru koya kwo lami lo mbe nga nje odo ogo oka oku ola onda ono onu oro osi othe ozi uba udo uku ulo umo uzie wa wande we"
        ),
    ),
    "nordic": Culture(
        _w(
            "Lars Erik Anders Per Johan Karl Nils Olof Sven Gunnar Björn Bjørn Håkan Åke Göran Mikael Fredrik Magnus Henrik Jens Søren Niels Jørgen Mads Rasmus Kjell Øyvind Pål Trond Leif Ole Juhani Matti Timo Antti Jukka Heikki Kari Mikko Ville Einar Sigurður Guðmundur Þór Tapio"
        ),
        _w(
            "Anna Kristina Birgitta Ingrid Karin Astrid Eva Marie Kerstin Lena Åsa Annika Malin Elin Linnea Ebba Freja Solveig Randi Bente Tove Grethe Hanne Kirsten Mette Lene Inger Liisa Aino Helvi Päivi Sari Tuula Riitta Guðrún Sigríður Kristín Ragnhild Torill Märta Ulla"
        ),
        _w(
            "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Lindberg Lindström Bergström Sjöberg Öberg Åberg Nyström Hansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Nielsen Christensen Sørensen Rasmussen Jørgensen Møller Knudsen Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Haugen Bakken Hagen Lund Strand Dahl Moen Solberg Bjerke Sigurdsson Jónsson Guðmundsdóttir Ødegård Kjærsgaard Holmström Ekström"
        ),
        _w(
            "Ahl Alm Arn Asp Berg Björk Bo Borg Brand Bro By Dal Ed Ek El En Fjell Fors Frost Grön Hag Hall Ham Hed Hell Hög Holm Jern Kall Kjel Kron Kvist Lager Lind Ljung Lund Lung Malm Mark Mell Ny Norr Od Rosen Ryd Sand Sjö Skog Slett Sol Stor Strand Sund Söder Tor Torn Vall Vest Vik Wall West Wik Ås Ång Öst Øst Lepp Hyv Kos Rau Sal Tuo Ves"
        ),
        _w(
            "berg blad blom borg by dahl dal felt gaard gren gård haug heim holm holt in kvist land lid lin lund lund man mark mo näs nes qvist rud rup sen sjö skog son sson sted strand ström sund svik tved vall vik inen onen nen lä kka sdóttir"
        ),
    ),
    "portuguese": Culture(
        _w(
            "João José António Manuel Francisco Carlos Paulo Pedro Luís Miguel Rui Jorge Fernando Tiago Gonçalo Diogo André Rafael Marcelo Thiago Vinícius Gustavo Caio Otávio Joaquim Nuno Hélder Ricardo Márcio Wagner Sérgio Adão"
        ),
        _w(
            "Maria Ana Francisca Antónia Adriana Juliana Márcia Fernanda Patrícia Aline Sandra Camila Amanda Bruna Letícia Inês Catarina Beatriz Mariana Conceição Fátima Graça Lurdes Rosa Sónia Tânia Vânia Luiza Rafaela Thaís Simone Benedita"
        ),
        _w(
            "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Jesus Sousa Fernandes Gonçalves Gomes Lopes Marques Alves Almeida Ribeiro Pinto Carvalho Teixeira Moreira Correia Mendes Nunes Soares Vieira Monteiro Cardoso Rocha Raposo Neves Coelho Cruz Cunha Pires Ramos Reis Simões Antunes Matos Fonseca Machado Araújo Barbosa Tavares Lourenço Magalhães Azevedo Freitas Barros Campos Guimarães Brandão da_Silva dos_Santos de_Souza do_Nascimento de_Oliveira Bettencourt Queiroz Figueiredo"
        ),
        _w(
            "Ab Alb Alm Alv Am And Ara Arr Az Bar Bas Bet Bor Brag Cab Cal Cam Car Cas Cer Cor Cou Dan Esp Far Fer Fig Fon Fra Gal Gar Gou Gue Lac Lei Lob Mac Mag Mal Mar Mas Mei Men Mon Mor Nog Nor Pac Pad Pai Pas Pei Pim Por Quei Rab Reb Rez Sal Sam San Sar Seq Tav Tor Val Var Vas Ven Vil Xav"
        ),
        _w(
            "ada ado aes al alho ão ar ares arinho as ães eda edo eira eiro el ela enha ente eres ida ins inho io ira iros ita oa oga ões ondes onça ora osa oso ota ues ura uzа".replace(
                "а", "a"
            )
        ),
        "spanish",
    ),
    "hungarian": Culture(
        _w(
            "László István József János Zoltán Sándor Gábor Ferenc Attila Péter Tamás Zsolt Tibor András Csaba Imre Lajos György Balázs Gyula Mihály Károly Róbert Béla Dániel Ádám Krisztián Miklós Norbert Bence Máté Levente Szabolcs Botond Árpád"
        ),
        _w(
            "Mária Erzsébet Katalin Ilona Éva Anna Zsuzsanna Margit Judit Ágnes Andrea Julianna Ildikó Erika Krisztina Irén Eszter Magdolna Mónika Edit Gabriella Szilvia Anita Anikó Viktória Márta Rozália Tímea Piroska Réka Orsolya Boglárka Csilla Noémi Emese Tünde"
        ),
        _w(
            "Nagy Kovács Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Balogh Papp Takács Juhász Lakatos Mészáros Oláh Simon Rácz Fekete Szilágyi Török Fehér Balázs Gál Szűcs Kocsis Orsós Pintér Fodor Kis Szalai Sipos Magyar Lukács Gulyás Biró Király Katona László Jakab Bogdán Balog Sándor Boros Fazekas Kelemen Antal Somogyi Váradi Fülöp Orosz Vincze Hegedűs Budai Deák Pap Bálint Pál Illés Vörös Vass Bognár Szőke Lengyel Erdélyi"
        ),
        _w(
            "Al Ara Bak Bár Ber Bod Bor Csák Cser Csi Cson Dar Deb Dob Dom Egr Er Far Foga Gel Gör Gyar Hal Haj Hor Ját Kar Ker Kom Kör Lap Lend Lőr Mak Már Mes Mik Nád Nyír Pál Pás Per Pol Rád Rém Sár Sel Sim Szak Szent Szik Szól Tar Tel Tol Vág Vár Ver Vid Zal Zem Zsig Zsol"
        ),
        _w(
            "ács ádi ai ány ári ás asi áti e ei elyi ely er és esi eti hegyi házi helyi i kai kási ki kó kő lay mári mos nai ó os osi ösi pai pári sányi si tányi thy tó úti vári vay völgyi y zky"
        ),
        "hungarian",
    ),
    "greek": Culture(
        _w(
            "Georgios Dimitrios Konstantinos Ioannis Nikolaos Panagiotis Vasileios Christos Athanasios Michail Evangelos Spyridon Anastasios Theodoros Stavros Kostas Yannis Nikos Giorgos Petros Alexandros Stelios Thanos Aristotelis Leonidas"
        ),
        _w(
            "Maria Eleni Aikaterini Vasiliki Sofia Angeliki Georgia Dimitra Konstantina Paraskevi Anastasia Ioanna Evangelia Panagiota Despina Katerina Chrysoula Foteini Stavroula Kalliopi Athina Xenia Theodora Zoe Eirini"
        ),
        _w(
            "Papadopoulos Papadopoulou Georgiou Dimitriou Nikolaou Ioannou Vasileiou Christodoulou Konstantinou Pappas Karagiannis Vlahos Economou Angelopoulos Makris Katsaros Antoniou Alexiou Panagiotopoulos Samaras Kostopoulos Mavros Zervas Tsipras Mitsotakis Varoufakis Theodorakis Hatzis Stavridis Kazantzakis Petrakis Apostolou Giannopoulos Sotiropoulos Lambropoulos"
        ),
        _w(
            "Adam Agat Alex Anagn Andri Anton Apost Arvan Athan Balt Chalk Chatzi Daska Deli Demet Doul Drak Filip Flor Fot Galan Gian Gior Grig Iliad Kala Kap Kara Kats Kon Kour Kyri Lamp Laz Liak Mak Manol Mark Mavro Max Mich Mil Moust Nik Pana Pant Papa Pap Pet Poly Sar Sav Sid Skour Spyr Stam Tass Theo Tri Tsak Tsi Vas Ver Vlach Xan Zach Zer Zog"
        ),
        _w(
            "akis akos alis antis aras as atos elis eas idis iadis ianos ikos inos iotis is itsas kos las lis nakis nidis opoulos opoulou oudis oglou ou oulis ounis ouris outsos ras ris tis tsis zis"
        ),
    ),
    "dutch": Culture(
        _w(
            "Jan Pieter Willem Hendrik Cornelis Johannes Gerrit Dirk Kees Joost Bram Sander Jeroen Maarten Wouter Ruud Thijs Daan Lars Sem Gijs Henk Piet Jaap Joris Koen Bart Stijn Lieven"
        ),
        _w(
            "Anneke Marijke Wilhelmina Johanna Cornelia Hendrika Saskia Femke Sanne Lotte Fleur Marieke Ingeborg Tineke Willemijn Griet Annelies Els Liesbeth Katrien Veerle Joke Mieke Roos Fenna Maartje"
        ),
        _w(
            "de_Jong Jansen de_Vries van_den_Berg van_Dijk Bakker Janssen Visser Smit Meijer de_Boer Mulder de_Groot Bos Vos Peters Hendriks van_Leeuwen Dekker Brouwer de_Wit Dijkstra Smits de_Graaf van_der_Meer van_der_Linden Kok Jacobs de_Haan Vermeulen van_den_Heuvel van_der_Veen van_den_Broek Schouten van_Beek Willems van_Vliet Hoekstra Maas Verhoeven Koster van_Dam Prins Blom Huisman Peeters Claes Goossens Vandenberghe Vanderstraeten De_Smet Van_Damme 't_Hooft ter_Horst"
        ),
        _w(
            "Aal Bak Beek Ber Blok Boer Bos Bou Brou Dek Dijk Does Drie Eng Gel Gier Haan Heem Heuv Hoek Hof Hoog Hout Huis Kamp Ker Klaas Kloo Koe Kort Krui Kuip Lam Leeu Loen Maas Meij Mole Noord Oost Oude Pol Post Rade Rijk Roel Ruit Schaap Schip Slag Slui Snel Spij Stee Stam Steen Tim Vel Ver Vlas Vree Wage Weij West Wie Wijn Zan Zee Zijl van_Haa van_der_Wou"
        ),
        _w(
            "aar aert beek bergen blok boom broek dam donk der dijk eck els eman en enaar ens er ers gaard gers hof horst huis huizen inga inks kamp kens ker kers kes kman laan ma man mans meer meijer mond ncx ning poel ring rs schot sema sma stra tema ting veen veld voort werf wijk zen"
        ),
    ),
    "jewish": Culture(
        _w(
            "Moshe Avi Yosef Shlomo Yaakov Eitan Noam Uri Amir Ilan Gilad Ariel Yitzhak Mordechai Menachem Baruch Levi Asher Gideon Ehud"
        ),
        _w(
            "Rivka Tamar Shira Noa Yael Miriam Chana Esther Leah Talia Ayelet Orly Dalia Michal Hadas Batya Dvora Tzipora Galit Sivan"
        ),
        _w(
            "Cohen Levy Mizrahi Peretz Friedman Biton Katz Goldberg Rosenberg Shapiro Greenberg Kaplan Rosenthal Feldman Weinstein Epstein Schwartz Ben-David Bar-Lev Ashkenazi Abramovich Horowitz Perlman Rabinowitz Zuckerman Finkelstein Mendelsohn Azoulay Ohayon Dahan Amar Halevi"
        ),
        _w(
            "Adel Alt Baum Ber Blum Bril Co Ehren Eisen Ep Feld Fein Fin Fried Gelb Gins Glick Gold Gott Green Gross Gut Hirsch Kap Kirsch Klein Korn Lands Leb Lieb Lip Mandel Marg Mil Morgen Nuss Perl Rap Rosen Roth Rubin Sand Schein Schul Silber Sieg Sonn Spiel Stern Teitel Wald Wasser Weiss Zimmer Zucker"
        ),
        _w(
            "baum berg blatt blum burg feld farb man mann owitz ovich sky son stein stock thal witz zweig er kin ik boim"
        ),
    ),
    "irish": Culture(
        _w(
            "Seán Pádraig Ciarán Cathal Conor Diarmuid Donal Eamon Eoin Fergal Fionn Kieran Lorcan Malachy Niall Oisín Ruairí Senan Tadhg Tiernan Brendan Colm Darragh Finbar Iarlaith"
        ),
        _w(
            "Aisling Aoibheann Bríd Caoimhe Ciara Clodagh Deirdre Eimear Gráinne Gobnait Laoise Máire Méabh Muireann Nuala Orlaith Róisín Sadhbh Sinéad Sorcha Úna Bernadette Assumpta Concepta Attracta"
        ),
        _w(
            "Byrne Ryan Doyle Walsh Kennedy Lynch Murray Quinn Moore McCarthy Gallagher Doherty Dunne Farrell Clarke Brennan Burke Collins Campbell Hughes Maguire Nolan Flynn Keane Foley Kavanagh Power Whelan Casey Hogan Healy Cullen Crowley Hickey Moran Tierney O'Reilly O'Donoghue O'Shaughnessy Ó_Briain Ní_Bhriain Mac_Giolla McGillicuddy McNamara Mulcahy Hanrahan Gilhooly Geoghegan Considine Heffernan Loughnane Prendergast Twohig"
        ),
        _w(
            "Bran Bren Cahil Cal Car Cas Clan Col Con Cor Cull Cur Del Dev Don Dool Dri Fal Fin Flan Gall Ger Gil Hal Han Har Hen Kear Kel Ker Kil Lan Lof Lon Mac Mc Mc Mc Mal Mul Mur Nee O' O' O' Phe Quil Raf Rear Ro Scan Shan Shee Sul Tier Too Tal"
        ),
        _w(
            "agh aghan aher ahan aney anigan ady agan ally an ane ary avan bride cadden cahy callan carthy conway crossan dowd egan ehan elly enny erty evin eely igan ihan ilty inan lon loran nagh nane neely noran nor ny ogue olan onagh oran rigan rty ssidy ughlin vane"
        ),
    ),
    "persian": Culture(
        _w(
            "Reza Hossein Mehdi Amir Arash Babak Behrouz Cyrus Dariush Ehsan Farhad Farzad Hamed Houshang Iraj Jamshid Kamran Kaveh Keyvan Mahmoud Masoud Mehran Navid Omid Parviz Ramin Saeed Shahram Siavash Vahid"
        ),
        _w(
            "Fatemeh Zahra Maryam Azadeh Bahar Elham Farah Fereshteh Golnaz Laleh Leila Mahsa Marjan Mina Nasrin Nazanin Niloufar Parisa Parvaneh Roya Sahar Setareh Shahla Shirin Simin Soraya Taraneh Yasaman Zohreh"
        ),
        _w(
            "Ahmadi Mohammadi Hosseini Rezaei Karimi Moradi Jafari Rahimi Ebrahimi Ghorbani Sadeghi Tehrani Shirazi Esfahani Kermani Tabrizi Farahani Bagheri Mousavi Hashemi Kazemi Rostami Najafi Shahbazi Golshiri Pahlavi Daneshvar Behbahani Khorasani Yazdani Zand Nikpour Parsa Javadi Rouhani Taleghani Amini Nouri Sohrabi Azimi"
        ),
        _w(
            "Ab Ahm Amin Ans Arj Bah Bakh Beh Dan Dar Ebr Esf Far Fir Ghas Ghor Gol Had Haj Hakim Jah Jal Javad Kar Kasr Kav Kesh Khal Khor Kian Mah Mans Mehr Mir Mog Nad Nam Nav Nik Nour Pak Pars Pour Rad Raj Ros Sab Sad Sam Shah Shar Soh Taj Tav Vah Yazd Zar Zam"
        ),
        _w(
            "abadi adi afi aghi ahi ami andi ani ari ash avi azad bakhsh dad dar di ehi emi eshki far i ian ifar imi ini ipour irad ishi jou khah khani lou manesh mand mi nejad nia oghli omi oudi pour rad ri shahi vand yar zadeh"
        ),
    ),
    "thai": Culture(
        _w(
            "Somchai Anan Apichart Arthit Chai Chaiwat Ekkachai Kittisak Krit Manop Narong Niran Nopporn Prasert Prayut Preecha Somsak Somboon Sunthorn Surasak Thanakorn Thawatchai Wichai Wirat Worawut"
        ),
        _w(
            "Siriporn Anong Apinya Busaba Chanida Duangjai Kanya Kulap Lamai Malee Manee Nattaya Nittaya Pensri Pimchanok Ratana Sirilak Somjai Sudarat Supaporn Suwannee Wandee Wanida Waraporn Yupin"
        ),
        _w(
            "Saetang Chaiyasit Srisai Thongchai Suwannarat Rattanaporn Charoensuk Boonmee Phromma Wongsawat Shinawatra Chanthara Kaewmanee Intharat Sukhum Jaidee Panyarachun Siriwattana Thepsuwan Limpanich Vejjajiva Yodsanan Kittikachorn Phanich Leelasiri Somwang"
        ),
        _w(
            "Anu Aroon Boon Bun Chai Chan Charoen Chat Chin Chom Dara In Jan Jit Kaew Kam Kitti Kla Klin Krai Kri Lek Lim Mana Mong Nak Nan Naru Ngam Non Pan Phan Phat Phon Phra Pon Prasert Rat Rung Saeng San Sawat Siri Som Srisa Suk Sup Sura Suwan Tan Tha Thep Thong Udom Ung Vara Vira Wan War Wat Wong Yod"
        ),
        _w(
            "chai chana charoen chit dee dej kaew kamol kan karn kasem khong kit korn kul lert mongkol nan ngam nok pan panich phan phat phong pong porn prasert rak rat rungrueng sak san sap sawat siri sit som song suk sup tam thong thorn vanit vej wan wat wattana wit wong yakul yothin"
        ),
    ),
    "filipino": Culture(
        _w(
            "Rodrigo Jejomar Bayani Crisanto Danilo Efren Ferdinand Gregorio Honorio Isagani Jun Leandro Macario Narciso Onofre Potenciano Reynaldo Rogelio Rommel Teodoro Virgilio Wilfredo Jomar Arnel Dodong"
        ),
        _w(
            "Maricel Corazon Divina Dolores Erlinda Felicidad Gemma Imelda Jocelyn Leonora Ligaya Lourdes Luzviminda Marilou Milagros Nenita Perla Remedios Rowena Rosario Teresita Tessie Vilma Amihan Marites"
        ),
        _w(
            "Dela_Cruz Santos Reyes Bautista Ocampo Garcia Mendoza Aquino Villanueva Macapagal Magsaysay Pangilinan Dimaculangan Lacson Katigbak Manalo Catacutan Batungbakal Dimagiba Magtanggol Cojuangco Sumulong Tolentino Agbayani Bacani Quisumbing Tuazon Gatdula Lumbao Pacquiao Panganiban Salonga Macaraeg"
        ),
        _w(
            "Ab Aga Agu Ala Bac Bal Ban Bat Bay Bin Bu Cab Cal Can Cas Cat Cay Da Dim Dum Gat Gui Ila Kab Lac Lap Lim Lum Mac Mag Mal Man Map Nag Pac Pad Pan Par Pin Pula Qui Sal San Sin Sum Tab Tag Tal Tan Tol Tum Ug Vil Ya"
        ),
        _w(
            "abang acan adan agay agtas al alan amba ang angan apan aran asan atan ayan bacan bag balan bao bayan dag dalan dangan gal galang gan gat hay ian ilan ing ito kit lan lao lasan lig liwan long mat may naw nao ngit nog pas pay quin sa sig song tan tas tay tong ula ungan uyan yan yog"
        ),
    ),
    "indonesian": Culture(
        _w(
            "Budi Agus Bambang Dedi Eko Hadi Hendra Iwan Joko Slamet Sugeng Suharto Susilo Teguh Wahyu Widodo Yusuf Rizal Azman Hafiz Ismail Farid Zulkifli Rahim Hakim Putu Wayan Made Ketut"
        ),
        _w(
            "Siti Dewi Ayu Dian Endang Fitri Indah Kartika Lestari Megawati Ningsih Nur Puspita Ratna Rini Sari Sri Tuti Wati Yanti Aminah Faridah Rohani Zainab Noraini Hasnah Aisyah Suryani"
        ),
        _w(
            "Suharto Sukarno Wijaya Santoso Hidayat Setiawan Kusuma Nugroho Pratama Saputra Siregar Nasution Simanjuntak Situmorang Panjaitan Hutapea Tanuwidjaja Halim Gunawan Hartono Prasetyo Wibowo Susanto Rahman Ismail Abdullah Yusof Ibrahim Hashim Othman Salleh Kusumawardhani Purnomo Sudirman"
        ),
        _w(
            "Adi Am Ari Atmo Bas Budi Dar Dharma Djoko Eka Ga Gun Ha Hadi Har Hen Her Hus Indra Is Joyo Kar Kusu Lak Lu Mang Mar Mul Nas Nata Ning Nug Pan Par Per Poer Pra Pur Rah Ra Sa Santo Sas Sat Si Simang Situ Soe Su Sur Tan Tri Wib Wi Wir Yu Yudo"
        ),
        _w(
            "adi aji amin anto ara ardi arja arso asa asri astuti atmo awan bowo brata darma di djaja djo gun hadi handoko hardjo harto hono hutan ja jaya karta kusumo lesmana lingga man mardi mono mulyo nagara narto ngat nomo oyo pati prabowo putra rahardjo rano rum santo sasmita seno sono sudjono taba to tomo wan wardana wati wibawa widjaja yanto yono"
        ),
    ),
    "armenian": Culture(
        _w(
            "Aram Armen Ara Ashot Davit Garik Gevorg Hagop Hayk Hovhannes Karen Levon Mher Narek Raffi Ruben Sarkis Tigran Vahan Vartan Vazgen Giorgi Irakli Levan Zurab Nodar"
        ),
        _w(
            "Anahit Ani Armine Arpi Astghik Gayane Hasmik Lilit Lusine Mane Mariam Nare Narine Nune Satenik Shushan Siranush Sona Talin Zabel Nino Tamar Ketevan Manana Eka"
        ),
        _w(
            "Petrosyan Sargsyan Harutyunyan Grigoryan Hakobyan Karapetyan Khachatryan Vardanyan Kasparian Manoogian Deukmejian Saroyan Kevorkian Bagdasarian Der_Hagopian Ter-Petrosyan Mkrtchyan Gulbenkian Boyajian Tashjian Najarian Beridze Kapanadze Gelashvili Maisuradze Lomidze Tsiklauri Kvirikashvili Gogoladze Chikovani Dvali"
        ),
        _w(
            "Abra Aga Aiva Ala Ambar Apre Aram Arsla Ata Aved Azna Bab Bad Bal Baron Bed Boya Chak Dan Dav Dem Dor Gal Gar Gas Ger Gogo Gul Hago Hak Hovan Isa Kal Kara Kara Kasa Kav Kecho Khach Kirak Kva Lom Mala Mami Mano Mar Mela Min Mir Mura Naza Nik Oha Papa Pet Pila Saha Sar Sham Shav Sim Tat Ter Tov Tsik Tut Vard Yera Zak"
        ),
        _w(
            "adze akian amian anian aryan asian avian bekian dian djian dze elian enian eridze ghian gian idze ikian ilian inian ishvili jian kian lashvili lian matian nashvili nian odze okian onian oyan radze rian ryan shvili sian sivili talian tian tyan unian uri urian uyan vadze yan zian"
        ),
    ),
    "ethiopian": Culture(
        _w(
            "Abebe Alemayehu Bekele Berhanu Biruk Dawit Desta Fikru Getachew Girma Haile Kassa Kebede Mekonnen Mesfin Mulugeta Negash Samuel Solomon Tadesse Tekle Tesfaye Wondimu Yonas Zewdu Abdi Farah Guled Hassan Mahad"
        ),
        _w(
            "Abeba Almaz Aster Birtukan Eleni Genet Hirut Kidist Lemlem Makeda Meron Mulu Rahel Saba Selam Senait Sosina Tigist Tsehay Worknesh Yeshi Zenebech Amina Fadumo Hodan Ifrah Khadra Nasteho Sahra"
        ),
        _w(
            "Abera Alemu Assefa Ayele Bekele Demissie Gebre Gebremariam Gebreselassie Girma Haile Hailu Kebede Lemma Mengistu Negussie Shiferaw Tadesse Tekle Tesfaye Woldemariam Worku Yohannes Zeleke Zewde Warsame Abshir Dualeh Egal Gedi Jama Nur Samatar Yusuf"
        ),
        _w(
            "Abate Adha Ale Am Asfa Aya Ayal Bede Bek Bera Bir Dam Deg Dem Des Ej Ende Fek Fel Fit Gar Ge Gebre Get Gir Gud Haile Hab Kass Kef Kid Lem Ma Mek Men Mes Mul Ne Nega Sem Sha She Sis Tad Tak Tef Tek Tes Tsege War Welde Wol Won Wor Ya Yil Zeg Zem Zer Zew"
        ),
        _w(
            "aba abo achew adu aga agne ahun aw awit ay aye ayehu bayu berhan cha chew deyes dros egn elassie ele em emariam emu ena ene enesh era eselassie esfa eta etu ew eyesus ga gawi hun ias in ka kal kiros la lem lign mariam me medhin meskel mu na nesh neh nehu ra rga sew sha ssa ta taye te tsion wa wi work ye yohannes"
        ),
    ),
    "baltic": Culture(
        _w(
            "Jonas Antanas Vytautas Algirdas Kęstutis Gintaras Darius Mindaugas Rimantas Saulius Jānis Andris Juris Edgars Valdis Māris Aivars Guntis Mart Tõnu Jüri Rein Urmas Priit Kalev"
        ),
        _w(
            "Ona Birutė Danutė Aldona Rūta Daiva Jurgita Rasa Živilė Eglė Līga Inese Dace Ilze Anita Vija Zane Baiba Kadri Liis Tiina Kersti Siiri Maarja Piret"
        ),
        _w(
            "Kazlauskas Petrauskas Jankauskas Stankevičius Vasiliauskas Žukauskas Butkus Paulauskas Urbonas Kavaliauskas Bērziņš Kalniņš Ozoliņš Jansons Liepiņš Krūmiņš Balodis Eglītis Zariņš Vītols Tamm Saar Sepp Mägi Kask Kukk Rebane Ilves Pärn Kuusk Jürgenson Kazlauskienė Petraitytė"
        ),
        _w(
            "Alek Ambra And Auk Bag Bal Bar Bert Bič Bl Bra Brie Bud But Čep Čer Dam Dau Did Dom Gai Gal Ged Gir Grig Grin Gud Jab Jak Jan Jas Jon Jur Kal Kar Kat Kau Kir Klim Kran Kub Kuz Lau Len Liep Luk Mack Mal Mar Mat Mick Mik Mil Nar Nor Oz Pau Pet Pil Pov Rac Ram Rim Rut Sab Sak Sim Sip Skuj Sta Stul Šim Šul Tam Urb Vai Val Ven Vit Zar Zem Žem Žil"
        ),
        _w(
            "aitis ans ausk auskas auskienė autas avičius čius daitis dis ėnas enė elis ens eris evičius ickas ienė iks ikis ils iņa iņš insk inskas is itė itis kaitis ke kis kus ličius lis māns mets nieks nis ols onis ons onytė orius pärg ris saar sē šis sons stas stin tāls tis tytė ulis undas unas upe us ušis utis vald vičius viks yla ys yte ytė"
        ),
    ),
    "romanian": Culture(
        _w(
            "Ion Andrei Mihai Gheorghe Vasile Nicolae Florin Marius Cristian Adrian Bogdan Constantin Cosmin Dănuț Dragoș Gavril Horia Ilie Iulian Lucian Ovidiu Radu Sorin Ștefan Traian Tudor Valentin Viorel"
        ),
        _w(
            "Maria Elena Ioana Andreea Mihaela Cristina Daniela Doina Florentina Gabriela Ileana Irina Lăcrămioara Liliana Luminița Magdalena Mirela Monica Nicoleta Oana Raluca Rodica Roxana Ruxandra Simona Smaranda Ștefania Veronica Zamfira"
        ),
        _w(
            "Popescu Ionescu Popa Pop Radu Dumitru Stan Stoica Gheorghe Matei Ciobanu Rusu Munteanu Constantin Marin Ungureanu Moldovan Dragomir Vasilescu Bălan Cojocaru Lungu Croitoru Iliescu Enescu Brâncuși Eminescu Ceaușescu Văcărescu Țurcanu Sălăjan Mureșan Câmpeanu Bîrlădeanu Tănase Niculescu"
        ),
        _w(
            "Alb Ard Arg Bac Bad Băl Bar Băr Bog Bor Brat Bra Bud Bur Cal Căl Car Cer Chi Cio Col Con Cos Cri Dan Dia Dră Dum Ene Fil Flo Gav Geor Ghe Gri Ian Ili Ion Lăz Lun Lup Man Mar Măr Mih Mir Mol Mun Năs Nea Neg Nis Oan Olt Pan Păt Pav Pet Pin Pop Pre Rac Rad Rus Săl Săv Sim Sta Stă Sto Str Șerb Tăn Teo Țig Tud Ung Urs Văd Vas Vlă Voi Zam"
        ),
        _w(
            "ache aciu agiu aian aiu an anca andru anu ar aru asie așcu aș atu ărescu ău ban cea ceanu cioiu dac doiu ean eanu ei el ela enco ențiu er escu ete eț goi hai iac ian ici iceanu ilă ilescu ing inescu ion ireanu iș iță iu lache lea lescu man mir nea ngu nică niuc noiu oae obanu oi oiu opol oș otă ovici rescu rean rici roiu sescu stea sus șan tea tescu tiu toc ulescu un urean uș uță vici xan zescu"
        ),
    ),
    "pacific": Culture(
        _w(
            "Keoni Kimo Kai Kalani Kawika Makoa Nalu Sione Semisi Viliami Tevita Tui Fetu Tavita Lopeti Wiremu Rangi Hemi Tane Mana Ratu Waqa Jone Epeli Tomasi"
        ),
        _w(
            "Leilani Kehaulani Noelani Pualani Mele Losa Sina Lupe Ana Seini Salote Malia Mahina Moana Aroha Ngaire Hinemoa Mereana Kahurangi Huia Adi Litia Vani Sera Makereta"
        ),
        _w(
            "Kahananui Kealoha Kamaka Kalakaua Kapule Nakamura-Kahale Tuiasosopo Fonoti Leavasa Taufa Fifita Vaipulu Havili Tonga Moala Tuilagi Fa'asavalu Leota Malietoa Seumalo Parata Ngata Tamihana Pomare Henare Waititi Nanai Ravouvou Bainimarama Tuisova Vakatawa Naulu Qarase"
        ),
        _w(
            "Aho Aki Ala Ana Fa Fale Fai Fati Fo Fua Ha Hala Heka Hina Ho Ka Kaha Kai Kala Kama Kane Kea Keo Ki Ko Ku La Latu Lau Lea Lei Lili Lo Ma Maha Makai Mali Mata Mau Moa Na Naka Ngata Nohea Pa Pae Pala Peka Po Puna Ra Sa Sefu Seu Siu Ta Tae Tama Tau Tele Tia To Tu Tua Ui Vai Vea Waia Wai Wha"
        ),
        _w(
            "aea aele afo ahea ahi ai aka akea aki ala alii alo ama ana anga ano anui ao apa atu au auli ava awa ea fanua fau fetoa fili fola hau hea ho hua ika ila ina io ka kala kau kena keni kolo kua la lani lau lea leo lii lino loa lolo lua maka mata mea moa moli mua na nei ngi noa nui oho ole olo ono pahu pola pua rangi roa sina solo tai tala tau tele toa toni tua ua uha uli una vaka vale vili wai"
        ),
    ),
    "hmong": Culture(
        _w(
            "Tou Chue Kong Lee Nhia Pao Toua Xeng Yeng Blia Cheng Fue Ger Houa Vang Bounmy Khamphone Somphone Sovann Rith Vuthy Chann Dara Samnang Bopha"
        ),
        _w(
            "Mai Pa Kao Bao Chia Der Gao Houa Ka Mee Nou Pang Xee Yer Youa Zoua Bounthanh Chanthavong Noy Sopheap Kunthea Bopha Chanthy Maly Sokha"
        ),
        _w(
            "Vang Xiong Yang Lor Moua Her Thao Lee Cha Hang Khang Kue Cheng Fang Vue Chue Yia Ly Sisavath Phommachanh Souvannavong Keo Chea Sok Chhim Khieu Nhem Prak Seng Heng Ouk Sar Tep Ung Yim"
        ),
        _w(
            "Bo Bun Ch Chhay Chor Dou Fa Ha He Ho Hou Ka Ke Kh Kha Kho Ko La Lo Lou Ly Ma Me Mou Nga Nhe No Nou Ny Ph Phe Pra Sa Se So Sou Su Ta Te Tha Tho Tou Va Ve Vou Xa Xai Xio Ya Ye Yia Zo Zou"
        ),
        _w(
            "ak am an ang ao ath au ay ea ek em en eng eo er erm eth eu ey i ia iem ien im in ing io iv o oeun oeurn ok om on ong or ou oua oun oung oy u ua ue uk um un ung uong uoy us uth uy v y"
        ),
        middles=None,
    ),
    "albanian": Culture(
        _w(
            "Agim Arben Artan Bashkim Besnik Blerim Burim Dritan Edon Ermal Fatmir Flamur Genc Ilir Kujtim Luan Petrit Sokol Shkëlzen Valon Mirsad Senad Emir Nermin Almir"
        ),
        _w(
            "Albana Arbëresha Blerta Dafina Drita Elira Fatmire Flutura Jehona Lindita Majlinda Mimoza Rudina Shpresa Teuta Valbona Vjosa Zamira Amra Azra Lejla Selma Emina Jasmina"
        ),
        _w(
            "Hoxha Shehu Krasniqi Gashi Berisha Morina Thaçi Kelmendi Gjoka Prifti Dervishi Leka Basha Meta Rama Bushati Çela Xhaka Dragusha Kukaj Zogolli Hadžić Begović Kovačević Delić Halilović Mehmedović Mujić Omerović Softić Džeko Avdić"
        ),
        _w(
            "Ab Ade Agol Ahm Alb Ali Ame Avd Bab Bal Bek Ber Bra Buj Çel Dau Del Der Dra Dur Elez Fer Fet Ga Gje Gjo Had Hal Has Hys Ib Ism Jak Kad Kap Kol Kra Kur Lik Lu Mar Meh Mem Mor Muj Mus Mus Myr Nez Om Pal Pep Pre Qem Qer Ram Rex Rus Sad Sal Sef Sel She Shk Sin Smaj Sul Tah Thaç Top Ukë Vel Xha Xho Zej Zen Zog"
        ),
        _w(
            "adini ahu aj ajeti aku ala ali allari an anaj ani ari arja asi ashi atović ati avac džić egović eli eqi eri eshi eta eti gjini hajdari hani i iqi ila ili imi inaj ini iri ishi iu ić jani ja kaj kolli ku la li liu llari llu mani meta mi najt oja oli olli orja ovac ović pi qi ri rja saj shi ti tović uku uli ushi vić xha zi"
        ),
    ),
    "scottish": Culture(
        _w(
            "Alasdair Angus Calum Craig Duncan Ewan Fergus Finlay Fraser Gavin Gordon Gregor Hamish Iain Keir Kenneth Lachlan Magnus Murdo Rory Ross Ruaridh Struan Torquil Owain Dafydd Emrys Geraint Gethin Hywel Idris Ieuan Llew Meirion"
        ),
        _w(
            "Ailsa Catriona Eilidh Elspeth Flora Greer Iona Isla Jessie Kirsty Lorna Mairi Morven Mhairi Morag Rhona Senga Shona Skye Una Angharad Bethan Carys Ceri Delyth Eirlys Ffion Gwenllian Lowri Mair Nerys Rhiannon"
        ),
        _w(
            "MacDonald Stewart Campbell Robertson MacKenzie Fraser Sinclair Buchanan Drummond Lockhart Cockburn Colquhoun Dalziel Farquharson Galbraith Menzies Urquhart Abercrombie Carnegie Elphinstone Strachan Kirkpatrick Ogilvie Balfour McIlroy McAllister McPhee Prydderch Bevan Gwynne Cadwallader Ap_Rhys Bowen Beddoe Kendrick Meredith Maddock Tudor Vaughan Yorath"
        ),
        _w(
            "Aber Ach Auch Bal Ban Car Cath Clun Col Craig Crich Cul Dal Doug Drum Dun Elph Farq Fer Fin Gal Glen Hal Inch Inver Kil Kin Kirk Lach Lam Liv Loch Mac Mac Mac Mac Mc Mc Mel Men Mon Mur Nairn Ogil Pen Pit Ram Ruth Sel Stra Suther Tor Tre Trev Tul Ur Llan Gwyn Pryd Rhyd Cad"
        ),
        _w(
            "achie adie agan aig airn aldie all annan ard aster aughton avie bain beath bride burn cairn chie combie die donald dour drick dyce erran eth ewan fadyen farlan gall garry gavock gie gill gow gregor guire hattan idge illan inlay innes intosh ish iver kay kerrow kie kirk lachlan lan laren lean leish leod lintock loch michael murdo nab naughton neish nie nish o onachie ough phail phee pherson quarrie quhart ray ritchie rock rone shaw tavish tyre vail vey wan wen wyn"
        ),
    ),
}

WORD_NAMES = _w(
    "Hand Park Bone Rich Early Long Short Head Foot Legg Arms Back Chest Hart Lung Brain Marrow Cord Hipp Shoulders Beard Tooth Nail Bloodworth Bull Bird Fish Fox Wolf Lamb Hawk Drake Crane Finch Swan Peacock Sparrow Crow Rook Best Good Goodman Strong Small Little Large Bigg Grand Noble Wise Sharp Bright Moody Savage Wild Meek Gentle Swift Quick Hasty Speed Brown Green White Black Gray Blue Redd Rose Lilly Flowers Bush Forest Woods Field Meadows Marsh Pond Lake River Rivers Brook Brooks Banks Shore Beach Hill Mountain Dale Glen Stone Rock Steel Iron Gold Silver Diamond Pearl Coffin Graves Church Bishop Pope Abbott Priest Monk Deacon Parsons King Prince Knight Duke Earl Page Squire Sheriff Major Marshall Sargent Judge Law Justice Case Price Cash Sterling Pound Penny Bill Rice Bean Berry Cherry Plum Apple Lemon Pepper Salt Sage Curry Ham Bacon Bread Baker Cook Butler Porter Potter Carpenter Mason Smith Taylor Weaver Cooper Carter Wheeler Fisher Hunter Gardner Shepherd Farmer Miller Barber Nurse Doctor Day Knight Noon May June August Winter Summer Spring Fall Snow Frost Rain Storm Gale Breeze Cloud Moon Starr Sun West East North South Street Lane Way Rhodes Gates House Hall Chambers Booth Wall Stair Poole Wells Bridges Ford Cross Crossing Moss Reed Grass Hay Barley Oates Root Branch Leaf Oakes Ash Elm Pine Berry Thorne Love Joy Hope Faith Grace Bliss Sweet Darling Dear Friend Loving Makepeace Armstrong Drinkwater Lightfoot Whitehead Blackburn Goodnight Merry Blessing Patience Prudence Chase Hunt Battle Warr Peace Power Powers Force Bolt Power Sword Shields Archer Bowman Pitt Mine Cole Coker Tongue Mouth Kidney Spleen Colon Palm Palmer Pulse Stent Ray Block Mass Node Frame Focus Still Dye Scott Case Plate Cast Pinn Wire Tubb Cane Walker Line Plain Free Clear Strange New Newman Old Younger Young Elder Senior Baby Child Childs Person Self Will Mark Grant Drew Ward Chance Art Gene Rusty Sandy Misty Stormy Rocky Buddy Ace Star Bell Horn Drum Harper Fiddler Singer Piper Close Sellers Buyer Banker Teller Money Worth Fine Nice Lovely Ho Do An So To Le In My Be Se Ha Kan Min Max Song Son Sung Sang Ng Oh Ko Ma Lo Li Lu Mo Ye You He Hu Ho Si Pan Tan Fang Long Gong Gang Man Men Ban Cao Can Bo Din Hong Hung Ham Kong Lay Ling Mean Moon Mung Ok Om Ong Pang Pong Rim Rum Shin Sin Sun Tang Ting Tong Von Wang Wing Win Wong Yang Yin Yu Blood Boddy Bodie Bowles Broad Cage Calf Cheek Cheeks Chinn Crisp Crump Curl Dark Deal Dent Dew Doll Dollar Drain Drinker English Fair Flood Fluke Fort French Freeze Friday Furlong Gamble Game Gaunt Glass Glover Goforth Gore Grim Gross Guest Guy Hardy Hazard Hood Hook Huff Ivory Jolly Key Keen Kitchen Lawless Lawn Leach Learned Light Lock Looney Lord Loud Low Lucky Manly March Marble Mayo Mead Milk Monday Mountain Mudd Neck Needle Nettles Orange Organ Outlaw Pack Pain Payne Parish Partridge Pen Pickle Piles Pillow Pipes Pleasant Pollard Pool Port Post Proud Quill Raines Rand Raven Ready Rest Ring Roach Roe Rough Round Rowe Rude Rust Salmon Sands Seal Search Shade Shaver Sheets Shell Shine Shipp Shock Shook Showers Sickles Sink Slack Slaughter Sleeper Slight Smart Smiley Snipes Spain Speaks Spell Spikes Stack Stamp Staples Starling Stiff Stock Stout Studd Summers Tank Temple Tide Toll Towns Trainer Treat Tripp Trout True Trueblood Twist Usher Vale Valentine Vest Vick Vine Virtue Walls Ware Waters Weeks Weir Wheat Whisker Wick Wilde Wilder Word Yard Youngblood Body Bodily Center Chart Cutts Graft Hyde Skinner Stitch Vane Wiley Lowe High Higher Rising Upp Downs Inman Outman Bolus Bowels Bridge Canal Cove Crest Ridge Notch Groves Pitts Disk Blade Socket Cuff Sack Loop Trace Trail Barr Beam Grid Angle Arch Base Apex Post Arm Shin Spine Eye Eyer Lipp Nose Gall Hipwell Kneebone Sharpe Dull Dimm Faint Fuller Hollow Solid Dense Thick Thin Wide Slim Stone Sandstone Pebbles Ashe Coal Ember Flint Clay Mudge Loam"
)

#: Names that are words, by language.
WORDS = {
    "en": WORD_NAMES,
    "de": _w(
        "Klein Groß Lang Kurz Stark Fuchs Wolf Bär Hirsch Vogel Adler Falke Hahn Hase Igel Käfer Fliege Koch Bauer Richter Schneider Schuster Schmied Müller Jäger Fischer Becker Bäcker Metzger Maurer Zimmermann Kaufmann Stein Berg Thal Wald Feld Wiese Bach See Strand Sand Felsen Winter Sommer Herbst Montag Freitag Sonntag Mai März Schwarz Weiß Braun Grün Blau Roth Gold Silber Ernst Fromm Froh Fröhlich Lustig Sauer Süß Bitter Scharf König Kaiser Graf Herzog Fürst Ritter Knecht Engel Teufel Bischof Mönch Busch Baum Blume Rose Nelke Kraut Kohl Bohne Linse Apfel Nussbaum Kraft Krug Topf Pfanne Löffel Hammer Nagel Zange Herz Bein Fuß Kopf Haar Hals Zahn Hand Daumen Finger Bauch Brust Blut Knochen Wetter Regen Schnee Sturm Wolke Sonne Mond Stern Himmel Licht Schatten Nacht Tag Morgen Abend Reich Arm Jung Alt Neu Gut Schön Wunderlich Zweig Ast Wurzel Stamm Stock Stab Pfeil Bogen Schwert Schild Helm Spiegel Bild Rahmen Kreuz Ring Band Faden Knopf Kragen Mantel Rock Hut Schuh Stiefel Keller Kammer Stube Tor Mauer Dach Giebel Brücke Steg Weg Pfad Gasse Platz Markt Kapelle Glocke Orgel Pfeifer Sänger Tänzer Geiger Lehrer Schüler Meister Geselle Bürger Vogt Förster Gärtner Schäfer Reiter Fuhrmann Wagner Seiler Sattler Gerber Färber Weber Töpfer Glaser Maler Drucker Binder Krämer Händler Wirt Kellner Gast Freund Nachbar Bruder Vetter Kind Ehrlich Treu Redlich Wahr Grimm Zorn Leid Freud Lieb Trost Friede Sieg Glück Schlaf Traum Wacker Munter Wach Kranz Strauß Kessel Ofen Feuer Flamme Asche Rauch Kohle Eisen Stahl Kupfer Bruch Riss Spalt Loch Kugel Block Platte Balken Brett Span Keil Fett Dünn Dick Breit Hoch Tief Still Leise Hell Dunkel Kalt Warm Frisch Alber Heiter Kühn Mild Zart Hart Weich Rund Spitz Stumpf"
    ),
    "es": _w(
        "Blanco Rubio Moreno Delgado Gordo Calvo Cano Bueno Bravo Leal Franco Gallardo Hermoso Bello Alegre Rico Casado Viejo Mozo Niño Nieto Hijo Sobrino Primo Hermano Abad Obispo Fraile Rey Reina Conde Duque Marqués Caballero Guerrero Soldado Herrero Zapatero Pastor Labrador Molinero Barbero Tejedor Sastre Escudero Alcalde Romero Peregrino Ríos Fuente Fuentes Lago Laguna Mar Marina Playa Costa Isla Monte Montes Sierra Cerro Peña Roca Piedra Prado Campo Campos Valle Vega Huerta Jardín Bosque Selva Flores Rosa Clavel Azucena Oliva Pino Roble Robles Encina Nogal Manzano Naranjo Limón Parra Viña Trigo Paja Toro Vaca Cordero Lobo León Gato Zorro Conejo Gallo Gallego Paloma Águila Pavo Pato Cuervo Casa Casas Torre Torres Castillo Palacio Puerta Puente Plaza Calle Iglesia Cruz Cruces Santo Santos Ángel Gracia Amor Luz Sol Luna Estrella Cielo Nieves Invierno Verano Abril Mayo Domingo Tiempo Hora Vida Paz Guerra Esperanza Caridad Milagro Salud Bonilla Crespo Pardo Prieto Rojo Rojas Verde Cabeza Cabello Mano Pie Barba Seco Ancho Largo Correa Espada Lanza Escudo Corona Cadena Hierro Acero Oro Plata Cobre Ballesta Cuesta Llano Hoyo Hoyos Pozo Cueva Camino Paso Salinas Arenas Barrios Villa Mesa Silla Cuadra Sala Salas Redondo Cuadrado Lozano Valiente Cordón Nudo Hueso Cuello Pecho Vientre Sangre Corazón Costilla Brazo"
    ),
    "fr": _w(
        "Petit Grand Gros Legros Legrand Lepetit Blanc Noir Brun Roux Leblanc Lenoir Lebrun Leroux Joly Beau Lebeau Bel Bon Lebon Bonnet Bonhomme Sage Lesage Fort Lefort Hardy Gentil Doux Ledoux Vif Court Lecourt Long Legras Gras Sec Riche Jeune Lejeune Vieux Roi Leroy Prince Duc Leduc Comte Lecomte Baron Marquis Chevalier Page Moine Lemoine Abbé Labbé Lévêque Prieur Clerc Leclerc Mercier Marchand Boulanger Boucher Charpentier Maçon Tisserand Tailleur Meunier Fournier Potier Tonnelier Berger Bouvier Vacher Porcher Chasseur Pêcheur Cocher Forestier Jardinier Barbier Lemaire Prévost Sergent Soldat Guerrier Archer Bois Dubois Forêt Laforêt Chêne Duchêne Pommier Poirier Cerisier Noyer Vigne Lavigne Rose Fleur Lafleur Marguerite Muguet Champ Deschamps Pré Vallée Lavallée Val Duval Mont Dumont Colline Roche Laroche Pierre Lapierre Caillou Sable Rivière Larivière Fontaine Lafontaine Puits Dupuis Étang Mer Île Pont Dupont Porte Laporte Tour Château Maison Cour Rue Delarue Place Laplace Chapelle Lachapelle Croix Delacroix Cloche Main Pied Tête Cheval Poulain Mouton Agneau Loup Leloup Renard Lièvre Chat Coq Lecoq Poule Pigeon Merle Corbeau Rossignol Moineau Loiseau Poisson Carpe Hiver Printemps Janvier Février Avril Mai Juillet Lundi Dimanche Noël Toussaint Soleil Lune Étoile Jour Nuit Matin Vent Levent Neige Pluie Orage Amour Lamour Paix Lapaix Joie Lajoie Espérance Chance Lachance Fortune Vertu Courage Clair Leclair Bref Chaud Lechaud Froid Frais Fer Lefer Acier Argent Largent Cuivre Marteau Clou Épée Lance Bâton Corde Chaîne Boucle Bouton Chapeau Bottes Robe Cordier Tambour Violon Chanson Bras Jambe Genou Doigt Dos Ventre Cœur Sang Os Côte Lacôte Cou"
    ),
}

EPONYM_NAMES = _w(
    "Parkinson Hodgkin Baker Crohn Alzheimer Barrett Meckel Bankart Colles Smith Jones Graves Paget Whipple Foley Wilson Marfan Wegener Kaposi Ewing Wilms Gleason Fischer Fisher Fleischner Garland Hill Sachs Murphy Osgood Morton Freiberg Scheuermann Schmorl Chiari Dandy Walker Sturge Weber Stanford DeBakey Child Pugh Salter Harris Garden Pauwels Schatzker Weber Lauge Hansen Tile Denis Gustilo Anderson Neer Rockwood Bennett Rolando Monteggia Galeazzi Barton Hutchinson Jefferson Chance Maisonneuve Tillaux Segond Hoffa Pellegrini Stieda Blount Legg Perthes Brodie Codman Kerley Hampton Westermark Bosniak Robson Charcot Marie Raynaud Sjogren Behcet Takayasu Kawasaki Cushing Conn Addison Hashimoto Riedel Virchow Krukenberg Klatskin Mirizzi Caroli Budd Boerhaave Mallory Zenker Schatzki Hounsfield Doppler Fick Simpson Evans Nash Young Bell Horner Turner Down Lynch Reed Sternberg Burkitt Waldenstrom Hickman Swan Ganz Hartmann Kocher Billroth Nissen Roux Fontan Glenn Norwood Ross Bentall Rastelli Blalock Taussig Potts Fogarty Jackson Pratt Broviac Quinton Greenfield Kirschner Harrington Cobb Risser"
)


#: Cultures whose family names are short and few.
SHORT = ("vietnamese", "chinese", "korean", "hmong")


def _lexicon_surnames() -> list[str]:
    """Family names of the shipped lexicon that are not held out."""
    return sorted(w.capitalize() for w in lexicon.words("surnames") if w.isalpha() and not held(w))


def _common_words() -> list[str]:
    words = sorted(lexicon.words("common") - NOT_NAMES)
    return [w.capitalize() for w in words if w.isascii() and w.isalpha() and 3 < len(w) < 10]


@dataclass
class Person:
    """One made-up person."""

    given: str
    middle: str
    surname: str
    sex: str
    culture: str

    @property
    def family_first(self) -> bool:
        return self.culture in ("vietnamese", "chinese", "korean", "hungarian")


_WEIGHTS = {
    "english": 4.0,
    "slavic": 1.2,
    "vietnamese": 2.2,
    "chinese": 1.8,
    "korean": 1.8,
    "turkish": 1.6,
    "spanish": 1.8,
    "indian": 1.4,
    "african": 1.6,
    "arabic": 1.6,
    "nordic": 1.3,
    "hungarian": 1.3,
    "german": 1.2,
}


class Names:
    """Draws people; with ``evaluation`` only from the held-out part of the lists."""

    def __init__(
        self,
        rng: random.Random,
        *,
        evaluation: bool = False,
        weights: dict[str, float] | None = None,
        language: str = "en",
    ) -> None:
        self.rng = rng
        self.evaluation = evaluation
        self._keys = list(CULTURES)
        self._cum: list[float] = []
        for key in self._keys:
            self._cum.append((self._cum[-1] if self._cum else 0.0) + (weights or _WEIGHTS).get(key, 1.0))
        self._lists = {
            key: {part: self._share(getattr(c, part)) for part in ("male", "female", "surnames")}
            for key, c in CULTURES.items()
        }
        self.listed = [] if evaluation else _lexicon_surnames()
        self.words = self._share(WORDS[language])
        #: Any word can be somebody's name.
        self.common = [w for w in _common_words() if language == "en" and held(w) is evaluation] or self.words
        self._local = {"en": ("english", "irish"), "de": ("german",), "es": ("spanish",), "fr": ("french",)}[language]
        self.eponyms = self._share(EPONYM_NAMES)
        listed = {n for c in CULTURES.values() for n in (*c.surnames, *c.male, *c.female)}
        self._held = {fold(n).lower() for n in listed if held(n)}

    def _share(self, words: list[str]) -> list[str]:
        mine = [w for w in words if held(w) is self.evaluation]
        return mine or words[:3]

    def synthetic(self, culture: str) -> str:
        """A surname made of syllables; never one of the held-out list."""
        rng, c = self.rng, CULTURES[culture]
        while True:
            name = (rng.choice(c.heads) + rng.choice(c.tails)).replace("_", " ")
            if rng.random() < 0.12 and len(c.tails) > 30 and len(name) < 9 and c.style in ("western", "slavic"):
                name += rng.choice(c.tails)
            if name.startswith("Mc") and len(name) > 2:
                name = "Mc" + name[2:].capitalize()
            name = name.replace("''", "'")
            if (fold(name).lower() in self._held) is self.evaluation or (self.evaluation and rng.random() < 0.3):
                return name

    def crossed(self, pool: list[str]) -> str:
        """The beginning of one name and the end of another: a name that no list holds."""
        rng = self.rng
        while True:
            one, two = rng.choice(pool), rng.choice(pool)
            name = one[: rng.randint(1, max(1, len(one) - 1))] + two[rng.randint(1, max(1, len(two) - 2)) :].lower()
            name = name[0].upper() + name[1:]
            if 2 < len(name) < 12 and fold(name).lower() not in self._held:
                return name

    def given(self, culture: str, sex: str) -> str:
        """A given name: of the list, or (in training) often a made-up one."""
        pool = self._lists[culture]["male" if sex == "M" else "female"]
        if culture in self._local and self.rng.random() < 0.1:
            return self.rng.choice(self.words)
        if self.evaluation or self.rng.random() < 0.6:
            return self.rng.choice(pool)
        return self.crossed(pool)

    def surname(self, culture: str) -> str:
        rng = self.rng
        roll = rng.random()
        if culture in self._local and roll < 0.2:
            return rng.choice(self.words if roll < 0.15 else self.common)
        if culture in ("english", "german", "french") and roll < 0.21:
            return rng.choice(self.eponyms)
        if self.evaluation:
            return rng.choice(self._lists[culture]["surnames"])
        if roll > 0.96 and self.listed:
            return rng.choice(self.listed)
        short = culture in SHORT
        if not short and roll > 0.78:
            return self.crossed(self._lists[culture]["surnames"])
        if rng.random() < (0.15 if short else 0.55):
            return self.synthetic(culture)
        return rng.choice(self._lists[culture]["surnames"])

    def person(self, culture: str | None = None) -> Person:
        """One person with given, middle and family name."""
        rng = self.rng
        culture = culture or rng.choices(self._keys, cum_weights=self._cum)[0]
        c = CULTURES[culture]
        sex = rng.choice("MF")
        pool = self._lists[culture]["male" if sex == "M" else "female"]
        given = self.given(culture, sex)
        surname = self.surname(culture)
        if c.style == "spanish" and rng.random() < 0.5:
            surname += (
                rng.choice([" ", " ", "-", " y "]) + self.surname(culture)
                if culture == "spanish"
                else " " + self.surname(culture)
            )
        elif culture in ("english", "german", "french", "nordic", "polish") and rng.random() < 0.07:
            surname += "-" + self.surname(rng.choice(["english", culture]))
        middle = ""
        if c.middles and rng.random() < 0.7:
            middle = "Văn" if sex == "M" and rng.random() < 0.3 else rng.choice(c.middles)
        elif rng.random() < 0.35:
            middle = rng.choice(pool)
            if culture != "vietnamese" and rng.random() < 0.6:
                middle = middle[0] + rng.choice([".", ".", ""])
        if culture in ("chinese", "korean", "vietnamese") and rng.random() < 0.2:  # emigrants: a Western given name
            given = rng.choice(self._lists["english"]["male" if sex == "M" else "female"])
        return Person(given, middle, surname, sex, culture)
