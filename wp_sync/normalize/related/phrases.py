"""Words that announce related posts when a person wrote the block by hand, by language.

Data only; ``mappings/related.toml`` adds to it. Phrases are compared without case, accents and
signs at their ends (`wp_sync.normalize.related.entries.key_of`). A *heading* stands alone, as a
heading, a
bold line or a short paragraph of its own, before its links. A *lead* stands on the same line as its
link ("Read also: …").
"""

from __future__ import annotations

from collections.abc import Mapping

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Related posts", "Related post", "Related articles", "Related article", "Related reading",
        "Related stories", "Related content", "Related links", "Related blog posts",
        "Related blogs", "Related resources", "Related news", "Related",
        "Similar posts", "Similar articles", "More posts", "More articles", "More like this",
        "More from our blog", "More from the blog", "More reading", "Further reading",
        "Recommended reading", "Recommended posts", "Recommended articles", "Recommended for you",
        "You may also like", "You might also like", "You may also enjoy", "You might also enjoy",
        "You may also be interested in", "You might also be interested in", "Keep reading",
        "Continue reading", "Read also", "Also read", "Read more", "Read next", "See also",
        "What to read next", "Don't miss", "Posts you may like", "Articles you may like",
        "People also read", "Other posts", "Other articles",
    ),
    "es": (
        "Entradas relacionadas", "Artículos relacionados", "Artículo relacionado",
        "Publicaciones relacionadas", "Posts relacionados", "Contenido relacionado",
        "Contenidos relacionados", "Noticias relacionadas", "Notas relacionadas", "Relacionados",
        "Relacionado", "Te puede interesar", "También te puede interesar",
        "Te puede interesar también", "Quizás te interese", "Tal vez te interese",
        "Te podría interesar", "También te podría interesar", "También te puede gustar",
        "Quizá te guste", "Lee también", "Leer también", "Lea también", "Ver también",
        "Véase también", "Sigue leyendo", "Seguir leyendo", "Más artículos", "Otros artículos",
        "Lecturas recomendadas", "Artículos recomendados", "Artículos similares",
    ),
    "de": (
        "Ähnliche Beiträge", "Ähnliche Artikel", "Verwandte Beiträge", "Verwandte Artikel",
        "Verwandte Themen", "Weitere Beiträge", "Weitere Artikel", "Weitere interessante Beiträge",
        "Weiterlesen", "Weiterführende Artikel", "Weiterführende Beiträge", "Passende Beiträge",
        "Passende Artikel", "Das könnte dich auch interessieren",
        "Das könnte Sie auch interessieren", "Das könnte dir auch gefallen",
        "Das könnte Ihnen auch gefallen", "Das könnte dich interessieren",
        "Das könnte Sie interessieren", "Auch interessant", "Lesen Sie auch", "Lies auch",
        "Siehe auch", "Mehr zum Thema", "Lesetipps", "Empfohlene Beiträge", "Empfohlene Artikel",
    ),
    "fr": (
        "Articles similaires", "Articles liés", "Articles connexes", "Articles associés",
        "Article similaire", "Publications similaires", "Contenus similaires",
        "Articles recommandés", "Autres articles", "Vous aimerez aussi", "Vous aimerez peut-être",
        "Vous pourriez aimer", "Vous pourriez aussi aimer", "Vous pourriez également aimer",
        "Cela pourrait vous intéresser", "Ça pourrait vous intéresser",
        "Ces articles pourraient vous intéresser", "Sur le même sujet", "Dans la même catégorie",
        "À lire aussi", "A lire aussi", "Lire aussi", "À lire également", "Lisez aussi",
        "Voir aussi", "Pour aller plus loin", "À découvrir aussi",
    ),
    "pt": (
        "Artigos relacionados", "Posts relacionados", "Publicações relacionadas",
        "Conteúdos relacionados", "Conteúdo relacionado", "Notícias relacionadas",
        "Matérias relacionadas", "Relacionados", "Leia também", "Leia mais", "Ler também",
        "Veja também", "Ver também", "Confira também", "Você também pode gostar",
        "Você pode gostar", "Talvez você goste", "Também pode gostar", "Pode também gostar",
        "Você também pode se interessar", "Pode interessar-lhe", "Poderá também gostar",
        "Outros artigos", "Continue lendo", "Artigos semelhantes",
    ),
    "it": (
        "Articoli correlati", "Articolo correlato", "Post correlati", "Contenuti correlati",
        "Articoli simili", "Notizie correlate", "Correlati", "Potrebbe interessarti",
        "Potrebbe interessarti anche", "Ti potrebbe interessare", "Ti potrebbe interessare anche",
        "Potrebbero interessarti", "Potrebbero interessarti anche", "Potrebbe piacerti",
        "Potrebbe piacerti anche", "Leggi anche", "Leggi pure", "Vedi anche", "Da leggere anche",
        "Altri articoli", "Articoli consigliati", "Per approfondire", "Continua a leggere",
    ),
    "nl": (
        "Gerelateerde berichten", "Gerelateerde artikelen", "Gerelateerde artikels",
        "Gerelateerde posts", "Gerelateerd", "Vergelijkbare berichten", "Vergelijkbare artikelen",
        "Verwante artikelen", "Verwante berichten", "Soortgelijke berichten",
        "Dit vind je misschien ook leuk", "Misschien vind je dit ook leuk",
        "Misschien ook interessant", "Ook interessant", "Dit is misschien ook interessant",
        "Wellicht ook interessant", "Lees ook", "Lees verder", "Lees meer", "Zie ook",
        "Meer artikelen", "Meer berichten", "Andere artikelen", "Aanbevolen artikelen",
    ),
    "pl": (
        "Podobne wpisy", "Podobne artykuły", "Podobne posty", "Powiązane wpisy",
        "Powiązane artykuły", "Powiązane posty", "Zobacz też", "Zobacz także", "Zobacz również",
        "Przeczytaj też", "Przeczytaj także", "Przeczytaj również", "Czytaj też", "Czytaj także",
        "Czytaj również", "Czytaj więcej", "Warto przeczytać", "Polecane artykuły",
        "Polecane wpisy", "Może Cię zainteresować", "Może Cię również zainteresować",
        "To może Cię zainteresować", "Mogą Cię zainteresować", "Inne artykuły",
    ),
    "ru": (
        "Похожие записи", "Похожие статьи", "Похожие посты", "Похожие материалы",
        "Похожие публикации", "Статьи по теме", "Материалы по теме", "Записи по теме", "По теме",
        "Связанные записи", "Связанные статьи", "Читайте также", "Читать также", "Читай также",
        "Читайте далее", "Читайте ещё", "Смотрите также", "Смотри также", "См. также",
        "Вам может понравиться", "Вам также может понравиться", "Вам может быть интересно",
        "Вам будет интересно", "Вас может заинтересовать", "Рекомендуем", "Рекомендуем прочитать",
        "Рекомендуем почитать", "Ещё по теме", "Другие статьи", "Интересное по теме",
    ),
    "ja": (
        "関連記事", "関連する記事", "関連投稿", "関連ページ", "関連リンク", "関連コンテンツ",
        "おすすめ記事", "オススメ記事", "おすすめの記事", "こちらもおすすめ",
        "こちらの記事もおすすめ",
        "こちらもご覧ください", "こちらもどうぞ", "こちらの記事もどうぞ", "あわせて読みたい",
        "合わせて読みたい", "併せて読みたい", "あわせて読みたい記事", "合わせて読みたい記事",
        "この記事を読んだ人はこちらも", "次に読みたい記事", "人気の関連記事", "その他の記事",
    ),
    "tr": (
        "İlgili yazılar", "İlgili yazı", "İlgili makaleler", "İlgili içerikler", "İlgili haberler",
        "İlgili gönderiler", "Benzer yazılar", "Benzer makaleler", "Benzer içerikler",
        "Bunlar da ilginizi çekebilir", "İlginizi çekebilir", "Bunları da beğenebilirsiniz",
        "Bunları da sevebilirsiniz", "Hoşunuza gidebilir", "Ayrıca okuyun", "Ayrıca bakınız",
        "Bunu da okuyun", "Bunları da okuyun", "Şunları da okuyun", "Ayrıca bkz",
        "Bunlara da göz atın",
        "Diğer yazılar", "Önerilen yazılar", "Okumaya devam edin",
    ),
    "ar": (
        "مقالات ذات صلة", "مقالات ذات صله", "مواضيع ذات صلة", "مواضيع ذات صله", "منشورات ذات صلة",
        "مقالات مشابهة", "مواضيع مشابهة", "مقالات متعلقة", "مقالات مرتبطة", "أخبار ذات صلة",
        "ذات صلة", "اقرأ أيضا", "اقرأ أيضًا", "اقرأ ايضا", "إقرأ أيضا", "إقرأ أيضًا", "اقرأ المزيد",
        "قد يعجبك أيضا", "قد يعجبك أيضًا", "قد يعجبك ايضا", "قد يهمك أيضا", "قد يهمك أيضًا",
        "قد يهمك", "شاهد أيضا", "شاهد أيضًا", "انظر أيضا", "انظر أيضًا", "مقالات أخرى",
        "مقالات مقترحة",
    ),
    "sv": (
        "Relaterade inlägg", "Relaterade artiklar", "Relaterat", "Liknande inlägg",
        "Liknande artiklar", "Fler artiklar", "Fler inlägg", "Läs också", "Läs även", "Läs mer",
        "Läs vidare", "Se även", "Du kanske också gillar", "Mer läsning", "Rekommenderad läsning",
    ),
    "da": (
        "Relaterede indlæg", "Relaterede artikler", "Relateret", "Lignende indlæg",
        "Lignende artikler", "Flere artikler", "Læs også", "Læs mere", "Se også",
        "Måske kan du også lide", "Du vil måske også synes om",
    ),
    "nb": (
        "Relaterte innlegg", "Relaterte artikler", "Relatert", "Lignende innlegg",
        "Lignende artikler", "Flere artikler", "Les også", "Les mer", "Se også",
        "Du liker kanskje også",
    ),
    "fi": (
        "Aiheeseen liittyvää", "Samankaltaisia artikkeleita", "Lue myös", "Lue lisää",
        "Katso myös", "Saatat myös pitää näistä", "Lisää aiheesta", "Muita artikkeleita",
    ),
    "cs": (
        "Související články", "Související příspěvky", "Podobné články", "Podobné příspěvky",
        "Mohlo by vás zajímat", "Mohlo by vás také zajímat", "Mohlo by se vám líbit",
        "Čtěte také", "Přečtěte si také", "Přečtěte si", "Viz také", "Další články",
        "Doporučené články",
    ),
    "hu": (
        "Kapcsolódó bejegyzések", "Kapcsolódó cikkek", "Hasonló bejegyzések", "Hasonló cikkek",
        "Olvasd el ezt is", "Olvassa el ezt is", "Ezt is olvasd el", "Ez is érdekelhet",
        "Ez is érdekelheti", "Lásd még", "További cikkek",
    ),
    "ro": (
        "Articole similare", "Articole asemănătoare", "Articole înrudite", "Postări similare",
        "Citește și", "Citește mai departe", "Vezi și", "Te-ar putea interesa",
        "S-ar putea să-ți placă", "Alte articole",
    ),
    "el": (
        "Σχετικά άρθρα", "Σχετικές αναρτήσεις", "Παρόμοια άρθρα", "Διαβάστε επίσης",
        "Διάβασε επίσης", "Δείτε επίσης", "Μπορεί να σας αρέσει", "Μπορεί να σας ενδιαφέρει",
        "Περισσότερα άρθρα",
    ),
    "uk": (
        "Схожі записи", "Схожі статті", "Пов'язані записи", "Пов'язані статті", "Читайте також",
        "Читайте ще", "Дивіться також", "Вам може сподобатися", "Вас може зацікавити",
        "Ще за темою", "Статті по темі", "За темою", "Рекомендуємо",
    ),
    "fa": (
        "مطالب مرتبط", "مطلب مرتبط", "مقالات مرتبط", "نوشته های مرتبط", "نوشته‌های مرتبط",
        "پست های مرتبط", "پست‌های مرتبط", "مطالب مشابه", "مقالات مشابه", "نوشته های مشابه",
        "نوشته‌های مشابه", "بیشتر بخوانید", "همچنین بخوانید", "این مطلب را هم بخوانید",
        "شاید دوست داشته باشید", "پیشنهاد می کنیم بخوانید", "مطالب پیشنهادی",
    ),
    "he": (
        "פוסטים קשורים", "מאמרים קשורים", "כתבות קשורות", "פוסטים דומים", "קראו גם", "קרא גם",
        "ראו גם", "אולי יעניין אותך", "אולי יעניין אתכם גם", "מאמרים נוספים",
    ),
    "zh": (
        "相关文章", "相关推荐", "相关阅读", "相关内容", "相关日志", "类似文章", "推荐阅读",
        "延伸阅读", "猜你喜欢", "你可能还喜欢", "您可能还喜欢", "您可能感兴趣", "更多文章",
        "相關文章", "相關推薦", "相關閱讀", "類似文章", "推薦閱讀", "延伸閱讀", "你可能也喜歡",
        "您可能也喜歡", "更多文章推薦",
    ),
    "ko": (
        "관련 글", "관련글", "관련 게시물", "관련 기사", "관련 포스트", "비슷한 글", "추천 글",
        "추천글", "함께 읽으면 좋은 글", "함께 보면 좋은 글", "이런 글은 어떠세요", "더 읽어보기",
        "다른 글",
    ),
    "id": (
        "Artikel terkait", "Artikel Terkait Lainnya", "Pos terkait", "Posting terkait",
        "Tulisan terkait", "Berita terkait", "Artikel serupa", "Artikel lainnya", "Artikel lain",
        "Baca juga", "Baca selengkapnya", "Lihat juga", "Simak juga", "Mungkin Anda suka",
        "Anda mungkin juga suka", "Rekomendasi untuk Anda",
    ),
    "vi": (
        "Bài viết liên quan", "Bài liên quan", "Tin liên quan", "Bài viết tương tự", "Xem thêm",
        "Đọc thêm", "Có thể bạn quan tâm", "Có thể bạn thích", "Bạn có thể thích", "Bài viết khác",
    ),
    "th": ("บทความที่เกี่ยวข้อง", "เรื่องที่เกี่ยวข้อง", "บทความแนะนำ", "อ่านเพิ่มเติม", "อ่านต่อ", "คุณอาจสนใจ"),
}  # fmt: skip

# These may also stand before a link on one line. "Read more" and its kin are not among them: they
# stand before any link at all.
LEADS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Read also", "Also read", "See also", "Related", "Related post", "Related posts",
        "Related article", "Related articles", "Related reading", "Related story", "Read next",
        "Also see", "You may also like", "You might also like", "Further reading",
        "Recommended reading", "Recommended", "Don't miss", "Up next", "Also on our blog",
        "More on this", "More on this topic", "Suggested reading", "Must read",
    ),
    "es": (
        "Lee también", "Leer también", "Lea también", "Ver también", "Véase también",
        "Artículo relacionado", "Artículos relacionados", "Relacionado", "Te puede interesar",
        "También te puede interesar", "Te recomendamos", "Quizás te interese",
        "Entrada relacionada", "No te pierdas",
    ),
    "de": (
        "Lesen Sie auch", "Lies auch", "Siehe auch", "Auch interessant", "Mehr dazu",
        "Mehr zum Thema", "Lesetipp", "Passend dazu", "Ähnlicher Artikel", "Verwandter Artikel",
        "Das könnte Sie auch interessieren", "Das könnte dich auch interessieren",
        "Weiterlesen", "Zum Weiterlesen",
    ),
    "fr": (
        "À lire aussi", "A lire aussi", "Lire aussi", "À lire également", "Lire également",
        "Lisez aussi", "Voir aussi", "Sur le même sujet", "Article lié", "Article connexe",
        "À découvrir aussi", "Vous aimerez aussi", "À ne pas manquer",
    ),
    "pt": (
        "Leia também", "Leia ainda", "Ler também", "Veja também", "Ver também", "Confira também",
        "Artigo relacionado", "Artigos relacionados", "Relacionado", "Você também pode gostar",
        "Saiba mais", "Não perca",
    ),
    "it": (
        "Leggi anche", "Leggi pure", "Vedi anche", "Da leggere anche", "Articolo correlato",
        "Articoli correlati", "Potrebbe interessarti", "Potrebbe interessarti anche",
        "Ti potrebbe interessare", "Per approfondire", "Approfondisci",
    ),
    "nl": (
        "Lees ook", "Zie ook", "Ook interessant", "Gerelateerd", "Gerelateerd artikel",
        "Bekijk ook", "Lees hier ook", "Misschien ook interessant", "Leestip",
    ),
    "pl": (
        "Zobacz też", "Zobacz także", "Zobacz również", "Przeczytaj też", "Przeczytaj także",
        "Przeczytaj również", "Czytaj też", "Czytaj także", "Czytaj również", "Sprawdź też",
        "Sprawdź także", "Polecamy", "Powiązany artykuł", "Warto przeczytać",
    ),
    "ru": (
        "Читайте также", "Читать также", "Читай также", "Смотрите также", "Смотри также",
        "См. также", "По теме", "Материал по теме", "Статья по теме", "Рекомендуем",
        "Рекомендуем прочитать", "Ещё по теме", "Вам может быть интересно",
    ),
    "ja": (
        "関連記事", "関連", "あわせて読みたい", "合わせて読みたい", "併せて読みたい",
        "こちらもおすすめ", "こちらもご覧ください", "こちらもどうぞ", "おすすめ記事", "参考記事",
        "関連ページ",
    ),
    "tr": (
        "Ayrıca okuyun", "Ayrıca bakınız", "Ayrıca bkz", "Bunu da okuyun", "İlgili yazı",
        "İlgili yazılar", "İlgili haber", "İlginizi çekebilir", "Şunu da okuyun",
        "Benzer yazı", "Bkz",
    ),
    "ar": (
        "اقرأ أيضا", "اقرأ أيضًا", "اقرأ ايضا", "إقرأ أيضا", "إقرأ أيضًا", "شاهد أيضا", "شاهد أيضًا",
        "انظر أيضا", "انظر أيضًا", "قد يهمك", "قد يهمك أيضا", "قد يهمك أيضًا", "قد يعجبك أيضا",
        "مقال ذو صلة", "مقالات ذات صلة", "ذات صلة", "موضوع ذو صلة",
    ),
    "sv": (
        "Läs också", "Läs även", "Läs mer om detta", "Se även", "Se också", "Relaterat", "Lästips",
    ),
    "da": ("Læs også", "Se også", "Relateret"),
    "nb": ("Les også", "Se også", "Relatert"),
    "fi": ("Lue myös", "Katso myös"),
    "cs": (
        "Čtěte také", "Přečtěte si také", "Viz také", "Související článek", "Mohlo by vás zajímat",
    ),
    "hu": (
        "Olvasd el ezt is", "Olvassa el ezt is", "Ezt is olvasd el", "Lásd még", "Kapcsolódó cikk",
    ),
    "ro": ("Citește și", "Vezi și", "Articol similar"),
    "el": ("Διαβάστε επίσης", "Διάβασε επίσης", "Δείτε επίσης", "Σχετικό άρθρο"),
    "uk": ("Читайте також", "Дивіться також", "Див. також", "За темою", "Ще за темою"),
    "fa": (
        "بیشتر بخوانید", "همچنین بخوانید", "مطلب مرتبط", "مطالب مرتبط", "این مطلب را هم بخوانید",
    ),
    "he": ("קראו גם", "קרא גם", "ראו גם"),
    "zh": (
        "相关文章", "相关阅读", "推荐阅读", "延伸阅读", "另请参阅", "相關文章", "相關閱讀",
        "推薦閱讀", "延伸閱讀", "另請參閱",
    ),
    "ko": ("관련 글", "관련글", "관련 기사", "함께 읽으면 좋은 글", "함께 보면 좋은 글", "추천 글"),
    "id": ("Baca juga", "Lihat juga", "Simak juga", "Artikel terkait", "Baca artikel lainnya"),
    "vi": ("Xem thêm", "Đọc thêm", "Bài viết liên quan", "Bài liên quan", "Có thể bạn quan tâm"),
    "th": ("บทความที่เกี่ยวข้อง", "อ่านเพิ่มเติม"),
}  # fmt: skip

# Words that join several links behind a lead.
CONNECTING = frozenset(
    (
        "and", "or", "y", "e", "o", "und", "oder", "et", "ou", "en", "of", "i", "oraz", "и",
        "или", "と", "や", "ve", "veya", "و", "او", "och", "og", "ja", "a", "nebo", "es", "si",
        "και", "та", "і", "和", "与", "及", "dan", "va",
    )
)  # fmt: skip

# What a card's second link says; no title.
GENERIC = (
    "read more", "continue reading", "more", "learn more", "view post", "read article",
    "read the article", "click here", "leer más", "seguir leyendo", "mehr lesen",
    "weiterlesen", "mehr", "lire la suite", "en savoir plus", "leia mais", "ler mais",
    "leggi tutto", "continua a leggere", "lees meer", "lees verder", "czytaj więcej",
    "więcej", "читать далее", "читать дальше", "подробнее", "続きを読む", "もっと読む",
    "devamını oku", "daha fazla", "اقرأ المزيد", "المزيد", "gallery", "permalink",
    "läs mer", "læs mere", "les mer", "lue lisää", "číst dále", "tovább", "citește mai mult",
    "διαβάστε περισσότερα", "читати далі", "ادامه مطلب", "קרא עוד", "阅读更多", "閱讀更多",
    "더 보기", "selengkapnya", "xem thêm",
)  # fmt: skip
