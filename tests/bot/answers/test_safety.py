"""What the safety detector hears and what it must not hear, in the ways people really write."""

import re
import time
from pathlib import Path

import pytest

from bot.answers.bank import read_bank
from bot.answers.safety import SafetyDetector, SafetyKind
from bot.errors import ContentError
from bot.text import fold

FILE = Path(__file__).parents[3] / "config" / "content" / "safety.vi.yaml"

NUMBERS = {"113", "115", "111"}

# Heard as written and without marks.
DANGER = {
    SafetyKind.VIOLENCE: [
        "Tôi đang bị chồng đánh, phải làm sao?",
        "Chồng đánh tui",
        "cứu tôi chồng đánh",
        "đang bị đánh giúp với",
        "chồng tôi say rượu đánh đập vợ con",
        "Ổng đánh tui hoài, tui hông chịu nổi",
        "Chồng em nhậu xỉn về là đánh em",
        "chồng bóp cổ em",
        "ck đánh e bầm mắt",
        "Ông xã mình hay đánh mình",
        "bị chồng bạo hành lâu nay",
        "cứu tui với",
        "ổng đuổi mẹ con tui ra khỏi nhà",
        "nó đánh tui chảy máu đầu",
        "vợ chồng tui đánh nhau hoài",
        "con trai tui xỉn về đánh mẹ",
        "mẹ chồng hành hạ em",
        "người yêu đánh em nhập viện",
        "chồng quánh tui",
        "chồng đánh cả nhà",
        "đánh bài thua về đánh vợ",
        "chồng đánh em đau quá",
        "em đang bị bạo lực gia đình",
        "ổng đánh tui từ sáng tới chiều",
        "chồng đánh nhiều lần rồi",
    ],
    SafetyKind.SEXUAL: [
        "em bị hãm hiếp",
        "chồng ép quan hệ",
    ],
    SafetyKind.THREAT: [
        "sợ quá ổng cầm dao",
        "ổng đòi giết tui",
        "chồng tui cầm dao rượt chém",
        "anh ta dọa giết cả nhà",
        "chồng cũ đi theo hoài",
        "hồi hôm chồng tôi tạt axit",
    ],
    SafetyKind.MEDICAL: [
        "bầu 8 tháng ra huyết",
        "vỡ ối rồi mà không có xe",
        "sanh xong bị băng huyết",
    ],
    SafetyKind.CHILD: [
        "Trẻ em bị xâm hại, bị đánh thì gọi đâu?",
        "Con nít bị xâm hại",
        "trẻ em bị đánh gọi số nào",
        "nghi cháu bé bị lạm dụng",
        "con tui bị thầy sàm sỡ",
        "cháu tôi bị hiếp",
        "ba dượng đánh con",
        "hàng xóm bạo hành trẻ em",
        "con gái em bị sờ mó",
        "con tôi bị bạo lực học đường",
        "bảo mẫu ở trường đánh bé",
        "đứa nhỏ kế nhà bị bỏ đói",
        "có người dâm ô trẻ nhỏ",
    ],
    SafetyKind.TRAFFICKING: [
        "Nghi bị lừa bán, bị ép lấy chồng nước ngoài thì báo đâu?",
        "Em tui bị dụ qua Campuchia làm",
        "nghi bị lừa bán người",
        "bị giữ hộ chiếu ở nước ngoài",
        "môi giới lấy chồng đài loan lừa đảo",
        "em họ bị lừa sang Trung Quốc",
        "nó bắt nộp tiền chuộc",
        "con tui bị rủ đi campuchia việc nhẹ lương cao",
    ],
    SafetyKind.FORCED_MARRIAGE: [
        "ba mẹ ép em lấy chồng",
        "em 15 tuổi bị ép gả",
        "nhà bắt em nghỉ học lấy chồng",
    ],
    SafetyKind.REPORT: [
        "Báo tin bạo lực gia đình ở đâu?",
        "Hàng xóm đánh vợ thì báo ai",
        "tố giác bạo lực gia đình ở đâu",
        "báo tin bạo lực có bị lộ tên không",
        "thấy người ta đánh vợ ngoài đường",
    ],
    SafetyKind.DESPAIR: [
        "Tôi buồn quá, không muốn sống nữa.",
        "Tui muốn chết",
        "chán đời quá",
        "sinh xong cứ khóc hoài",
        "em muốn tự tử",
        "hổng muốn sống nữa",
        "sống làm gì nữa",
        "tui muốn ôm con nhảy sông",
        "mệt quá chết cho rồi",
        "mệt muốn chết cho rồi",
        "tôm chết hết, nợ nần, em muốn chết theo",
        "định uống thuốc sâu",
        "uống thuốc trừ sâu cho rồi",
        "treo cổ chết cho xong",
        "em nghĩ quẩn hoài",
    ],
    SafetyKind.SHELTER: [
        "Có chỗ nào tạm lánh cho mẹ con tôi không?",
        "Tui muốn trốn khỏi nhà",
        "nhà tạm lánh ở đâu",
        "có chỗ nào ở tạm không",
    ],
}

# Heard only as written here: with marks that tell it from something else, with slips, in chat spelling, in Khmer.
AS_TYPED = [
    ("tự tử", SafetyKind.DESPAIR),
    ("tự vẫn", SafetyKind.DESPAIR),
    ("Uống thuốc sâu", SafetyKind.DESPAIR),
    ("k mún sống nữa", SafetyKind.DESPAIR),
    ("mún chít wá", SafetyKind.DESPAIR),
    ("khong muon sogn nua", SafetyKind.DESPAIR),
    ("em bị bán qua bên đó", SafetyKind.TRAFFICKING),
    ("em tui bi du qua campuchea lam", SafetyKind.TRAFFICKING),
    ("chồng đấm em", SafetyKind.VIOLENCE),
    ("bị tát vào mặt", SafetyKind.VIOLENCE),
    ("chogn danh toi", SafetyKind.VIOLENCE),
    ("choongf ddanhs toi", SafetyKind.VIOLENCE),
    ("chông đanh tui", SafetyKind.VIOLENCE),
    ("Chồngg đánhh tui", SafetyKind.VIOLENCE),
    ("CHỒNG ĐÁNH TÔI", SafetyKind.VIOLENCE),
    ("ck oánh e", SafetyKind.VIOLENCE),
    ("ổng quýnh tui", SafetyKind.VIOLENCE),
    ("dâm ô", SafetyKind.CHILD),
    ("thắt cổ", SafetyKind.DESPAIR),
    ("chồng, tui, bị,đánh", SafetyKind.VIOLENCE),
    ("chong danh ca vo con", SafetyKind.VIOLENCE),
    ("chong danh dau qua", SafetyKind.VIOLENCE),
    ("chong toi bao hanh", SafetyKind.VIOLENCE),
    ("cho em hoi bi bao hanh thi sao", SafetyKind.VIOLENCE),
    ("nhốt con ngoài sân", SafetyKind.CHILD),
    ("con bị lạm dungj", SafetyKind.CHILD),
    ("ប្តីខ្ញុំវាយខ្ញុំ", SafetyKind.VIOLENCE),
    ("ប្ដី វាយ", SafetyKind.VIOLENCE),
    ("ខ្ញុំចង់\u200bស្លាប់", SafetyKind.DESPAIR),
    ("ខ្ញុំមិនចង់រស់ទៀតទេ", SafetyKind.DESPAIR),
    ("គេវាយកូនខ្ញុំ", SafetyKind.CHILD),
    ("ជួញដូរមនុស្ស", SafetyKind.TRAFFICKING),
]

# Harmless, as written and without marks.
HARMLESS = [
    "chồng đánh cá",
    "chồng tui đi đánh cá chưa về",
    "chồng đánh bài",
    "chồng đánh bài thua hết tiền, vay được không",
    "chồng đánh đề",
    "chồng tui đánh lưới ngoài biển",
    "bị thương tổn uy tín",
    "con học đánh đàn",
    "con bị đánh rớt tốt nghiệp",
    "muốn chết cười",
    "mắc cười muốn chết",
    "trời nóng muốn chết",
    "đánh giá hội viên cuối năm",
    "chi hội bị đánh giá thấp",
    "hội thi bạo lực học đường tuyên truyền",
    "hội thi tuyên truyền phòng chống bạo lực gia đình",
    "tập huấn phòng chống xâm hại trẻ em khi nào",
    "tháng hành động vì bình đẳng giới và phòng chống bạo lực",
    "bạo lực gia đình là gì",
    "Thế nào là bạo lực gia đình?",
    "danh sách hội viên",
    "chồng tôi có trong danh sách không",
    "chương trình dành cho chồng",
    "chồng để dành tiền",
    "danh bạ cán bộ xã",
    "giả danh cán bộ hội",
    "điểm danh sinh hoạt",
    "chồng tui tên Danh Sơn",
    "tôm muốn chết hết",
    "tôm chết hết không có tiền trả ngân hàng",
    "cha mẹ chết vì covid được hỗ trợ gì",
    "chồng được nghỉ mấy ngày",
    "chồng tôi muốn tham gia",
    "chồng chửi hoài có phải bạo lực không",
    "lấy chồng xa có cần chuyển hội không",
    "muốn ly hôn chồng không chịu",
    "cứ từ từ em tính",
    "tra cứu con của tôi",
    "nhờ chị giải đáp em với",
    "có bầu uống thuốc sắt ở đâu",
    "uống thuốc có hại cho thai không",
    "uống thuốc sau sinh được không",
    "hôm nay bị bận không đi họp được",
    "con tôi muốn nhắn tin cho trợ lý được không",
    "Vĩnh Châu bị ngập",
    "chồng đạp xe đi làm",
    "chồng đá bóng",
    "chồng đập lúa",
    "chị ruột của chồng",
    "chồng sắp cưới",
    "chồng là người dân tộc Khmer",
    "nhà tui dột nát ai giúp",
    "mua vé đi Campuchia",
    "bán tôm qua Trung Quốc",
    "Đại hội phụ nữ cần thơ bầu ai",
    "lạm dụng thuốc trừ sâu",
    "con heo bị bệnh",
    "gia đình 5 không: không bạo lực gia đình",
    "làm bánh cho tròn",
    "chồng đi vòng quanh nhà",
    "chồng chị Oanh",
    "bé bị mụn nhọt",
    "thật có lỗi quá",
    "bắt đầu có quan hệ với hợp tác xã",
    "muốn góp ý ẩn danh, em",
    "Chồng tôi hay coi điện thoại, làm sao xóa tin?",
    "sợ chồng đọc tin nhắn",
    "tảo hôn bị phạt không",
    "chồng chưa bao giờ đánh tui",
    "nuôi cháu mồ côi được trợ cấp không",
    "0",
    "alo",
    "Chào em, chị muốn vay vốn nuôi bò",
    "សួស្តី",
    "ខ្ញុំចង់ខ្ចីទុន",
    "",
    " \n ",
    "😀😀",
]

# Harmless with marks; without them it might be danger, and then numbers are shown.
HARMLESS_IF_MARKED = [
    "bé bị đàm ở cổ",
    "chồng nói rằng bị bận",
    "chồng hay đành lòng",
    "từ từ",
    "chồng đang ở chỗ tròn",
]

CASES = [(text, kind) for kind, texts in DANGER.items() for text in texts]


@pytest.fixture(scope="module")
def detector() -> SafetyDetector:
    return SafetyDetector.load(FILE)


@pytest.mark.parametrize(("text", "kind"), [*CASES, *AS_TYPED])
def test_danger_is_heard_as_typed(detector: SafetyDetector, text: str, kind: SafetyKind) -> None:
    hit = detector.check(text)
    assert hit is not None
    assert hit.kind is kind


@pytest.mark.parametrize(("text", "kind"), CASES)
def test_danger_is_heard_without_marks(detector: SafetyDetector, text: str, kind: SafetyKind) -> None:
    hit = detector.check(fold(text))
    assert hit is not None
    assert hit.kind is kind


@pytest.mark.parametrize("text", [*HARMLESS, *HARMLESS_IF_MARKED])
def test_harmless_talk_is_not_taken_for_danger(detector: SafetyDetector, text: str) -> None:
    assert detector.check(text) is None


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_talk_without_marks_is_not_taken_for_danger(detector: SafetyDetector, text: str) -> None:
    assert detector.check(fold(text)) is None


def test_danger_inside_a_long_story_is_heard_at_its_beginning_and_end(detector: SafetyDetector) -> None:
    story = "Hôm nay tui đi chợ mua cá về nấu cơm. " * 3000
    for text in ("Chồng đánh tui. " + story, story + "Rồi tui muốn chết."):
        assert detector.check(text) is not None
    assert detector.check(story) is None


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "chồng " * 20_000,
        "\u0301" * 5000,
        "\ud800 \u202e<b>';--",
        "😀" * 50_000,
        "\n" * 100_000,
    ],
)
def test_any_text_is_taken_quickly(detector: SafetyDetector, text: str) -> None:
    began = time.process_time()
    detector.check(text)
    assert time.process_time() - began < 2


def test_every_kind_says_only_certain_numbers_and_how_to_go_on(detector: SafetyDetector) -> None:
    for texts in DANGER.values():
        hit = detector.check(texts[0])
        assert hit is not None
        assert set(re.findall(r"\b1[0-9 ]+[0-9]\b", hit.text_vi)) <= NUMBERS
        assert set(re.findall(r"\b1[0-9 ]+[0-9]\b", hit.text_km)) <= NUMBERS
        for word in ("gõ 0", "XOATIN"):
            assert word.casefold() in hit.text_vi.casefold()
        assert "XOATIN" in hit.text_km
        assert not hit.km_reviewed


def test_no_text_names_what_happened_for_another_reader_of_the_phone(detector: SafetyDetector) -> None:
    for texts in DANGER.values():
        hit = detector.check(texts[0])
        assert hit is not None
        assert not re.search("chồng|đánh|bạo lực|xâm hại|tự tử|chết|tạm lánh|bán", hit.text_vi)


def test_every_kind_names_an_entry_of_the_bank(detector: SafetyDetector) -> None:
    known = {entry.entry_id for entry in read_bank(FILE.with_name("faq.vi.yaml")).entries}
    for texts in DANGER.values():
        hit = detector.check(texts[0])
        assert hit is not None
        assert hit.entry_id in known


BROKEN = [
    ("    entry_id: DV-02\n", "", "mục report: thiếu 'entry_id'"),
    ("    km_reviewed: false\n", "    km_reviewed: chua\n", "'km_reviewed' phải là true hoặc false"),
    ("      - bị _ xâm hại\n", "      - bị _ <ai_do>\n", "mục child: không có nhóm <ai_do>"),
    ("      - ép gả\n", "      - ép gả!\n", "mục forced_marriage: cụm từ có chỗ viết không đúng: 'gả!'"),
    ("  - id: shelter\n", "  - id: violence\n", "thiếu loại 'shelter'"),
    ("  - id: shelter\n", "  - id: fire\n", "'id' không được là 'fire'"),
    ("version: 1\n", "version: 1\nextra: 2\n", "không có ô nào tên 'extra'"),
    ("groups:\n", "groups: [\n", "sai cách viết YAML"),
]


@pytest.mark.parametrize(("old", "new", "problem"), BROKEN, ids=[case[2] for case in BROKEN])
def test_broken_file_is_refused_naming_line_and_field(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = tmp_path / "safety.vi.yaml"
    written = FILE.read_text(encoding="utf-8")
    assert old in written
    path.write_text(written.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        SafetyDetector.load(path)
    assert re.search(r"^safety\.vi\.yaml, dòng \d+", str(refused.value))
    assert problem in str(refused.value)
