"""Where the people of the demo shop live, and what they are called there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A country: how common it is, names as they are written there, towns as (city, state, postcode), streets."""

    country: str
    weight: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in text.split())


PLACES = (
    Place(
        "IN",
        34,
        _names("Priya Arjun Asha Ravi Meera Rohan Kavya Vikram Sunita Imran Deepa Anil Lakshmi Farhan Nisha Gopal"),
        _names("Raman Mehta Kulkarni Sharma Iyer Khan Patel Nair Das Reddy Singh Bose Joshi D'Souza Gupta Pillai"),
        (("Pune", "Maharashtra", "411030"), ("Bengaluru", "Karnataka", "560001"), ("Chennai", "Tamil Nadu", "600004")),
        ("MG Road", "Laxmi Road", "Temple Street", "Station Road"),
    ),
    Place(
        "IN",
        8,
        _names("मीना राजेश कविता सुरेश अनीता विजय गीता मोहन रेखा प्रकाश"),
        _names("कुमारी शर्मा वर्मा गुप्ता यादव मिश्रा पाटील जोशी तिवारी सिंह"),
        (("Mumbai", "Maharashtra", "400001"), ("Jaipur", "Rajasthan", "302001")),
        ("गांधी मार्ग", "स्टेशन रोड"),
    ),
    Place(
        "GB",
        9,
        _names("Grace Oliver Amelia Harry Isla George Freya Callum Niamh Zadie Alfie Siân"),
        _names("Oyelaran Smith O'Connor Jones Brontë Taylor Ap-Rhys Clarke Hughes Whitlock Ahmed Evans"),
        (("London", "", "EC1Y 8SY"), ("Leeds", "", "LS1 4AP"), ("Cardiff", "", "CF10 1EP")),
        ("High Street", "Church Lane", "Station Road", "Mill Road"),
    ),
    Place(
        "US",
        8,
        _names("Jordan Maria James Ashley Luis Emily Tyrone Hannah Diego Kayla Wyatt Mei"),
        _names("Rivera Johnson Nguyen Garcia Kowalski Washington Miller Chen O'Brien Jackson Begay Cohen"),
        (("Portland", "OR", "97201"), ("Austin", "TX", "78701"), ("Brooklyn", "NY", "11201")),
        ("Main Street", "Oak Avenue", "2nd Street", "Lincoln Boulevard"),
    ),
    Place(
        "DE",
        5,
        _names("Jürgen Käthe Lukas Sophie Jörg Anneliese Max Özlem Greta Björn"),
        _names("Müller Weiß Schröder von_der_Heide Yılmaz Groß Bäcker Köhler Fuchs Strauß"),
        (("Berlin", "", "10115"), ("Köln", "", "50667")),
        ("Hauptstraße", "Gartenweg", "Lindenallee"),
    ),
    Place(
        "ES",
        5,
        _names("María_José Iñaki Lucía Álvaro Begoña Nuño Ximena Jesús Nerea Raúl"),
        _names("Fernández_de_la_Vega García Muñoz Ibáñez Ortiz Echeverría López Peña Núñez Castaño"),
        (("Madrid", "M", "28001"), ("Sevilla", "SE", "41001")),
        ("Calle Mayor", "Avenida del Sol", "Plaza Nueva"),
    ),
    Place(
        "FR",
        4,
        _names("Chloé François Zoé Gaël Anaïs Loïc Hélène Étienne Maëlle Théo"),
        _names("Lefèvre Dubois L'Hôte Béranger Moreau Noël Garçon Châtelain Petit Girard"),
        (("Paris", "", "75002"), ("Lyon", "", "69001")),
        ("rue de la Paix", "avenue des Tilleuls", "place du Marché"),
    ),
    Place(
        "PL",
        3,
        _names("Łukasz Małgorzata Paweł Żaneta Stanisław Agnieszka Michał Zofia"),
        _names("Wójcik Kowalski Zieliński Dąbrowska Łuczak Śliwa Źródło Nowak"),
        (("Warszawa", "", "00-950"), ("Łódź", "", "90-001")),
        ("ulica Długa", "ulica Polna"),
    ),
    Place(
        "SE",
        2,
        _names("Sofia Åsa Björn Linnéa Örjan Märta Sven Elin"),
        _names("Lindqvist Åkerström Öberg Sjögren Nyström Häggkvist Ek Söderberg"),
        (("Stockholm", "", "11455"), ("Malmö", "", "21120")),
        ("Storgatan", "Kungsvägen"),
    ),
    Place(
        "RU",
        3,
        _names("Анна Дмитрий Ольга Сергей Екатерина Фёдор Наталья Игорь"),
        _names("Иванова Щербаков Кузнецова Соловьёв Морозова Королёв Зайцева Лебедев"),
        (("Москва", "Москва", "101000"),),
        ("улица Ленина", "Садовая улица"),
    ),
    Place(
        "GR",
        2,
        _names("Ελένη Γιώργος Μαρία Νίκος Αθηνά Κώστας"),
        _names("Παπαδόπουλος Νικολάου Γεωργίου Ιωάννου Δημητρίου Αγγέλου"),
        (("Αθήνα", "", "105 57"), ("Θεσσαλονίκη", "", "546 21")),
        ("Ερμού", "Αθηνάς"),
    ),
    Place(
        "AE",
        5,
        _names("فاطمة محمد عائشة خالد مريم يوسف نورة سلطان ليلى حمد"),
        _names("الزهراء المنصوري الهاشمي النعيمي الكعبي الشامسي المزروعي الظاهري السويدي الفلاسي"),
        (("", "إمارة دبيّ", ""), ("", "أبو ظبي", "")),
        ("Sheikh Zayed Road", "Corniche Road"),
    ),
    Place(
        "JP",
        4,
        _names("さくら 太郎 花子 健 美咲 蓮 結衣 大輔"),
        _names("佐藤 鈴木 髙橋 田中 渡邉 伊藤 山本 齋藤"),
        (("", "東京都", "154-0023"), ("", "大阪府", "530-0001")),
        ("世田谷区若林1-2-3", "北区梅田3-1-1"),
    ),
    Place(
        "CN",
        3,
        _names("伟 芳 小龙 秀英 静 强 丽 磊"),
        _names("王 李 张 刘 陈 杨 欧阳 司马"),
        (("杭州市", "浙江省", "310000"), ("广州市", "广东省", "510000")),
        ("中山路", "解放路"),
    ),
    Place(
        "KR",
        2,
        _names("민준 서연 지훈 하은 도윤 지우"),
        _names("김 이 박 최 정 남궁"),
        (("강남구", "서울특별시", "06236"), ("해운대구", "부산광역시", "48058")),
        ("테헤란로", "중앙로"),
    ),
    Place(
        "ID",
        3,
        _names("Suharti Sukarno Budi Dewi Wulandari Agus Putri Slamet"),
        ("-", "-", "Wijaya", "Santoso"),
        (("Bandung", "Jawa Barat", "40115"),),
        ("Jalan Merdeka", "Jalan Asia Afrika"),
    ),
)
