"""One word for one thing, on every page and in every file that officers download."""

from bot.channels.contract import FileKind
from bot.questions.answer_course import Stage
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.broadcasts import (
    ApprovalState,
    BroadcastState,
    DeliveryState,
    OnUncertain,
    Priority,
    Route,
    RunState,
)
from bot.store.tables.messages import Direction
from bot.store.tables.people import MemberStatus, Purpose, Role
from bot.store.tables.questions import QuestionState, StepKind
from broadcasts import codes, starting
from broadcasts.content import Otherwise, Rule
from broadcasts.lists import Miss
from broadcasts.people import LeftOut


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


STATUS = {
    MemberStatus.REQUESTED: N_("Xin vào Hội"),
    MemberStatus.RECOGNISED: N_("Đã công nhận"),
    MemberStatus.DECLINED: N_("Chưa nhận"),
    MemberStatus.LEFT: N_("Đã thôi"),
}

PURPOSE = {
    Purpose.PROFILE: N_("Lưu hồ sơ hội viên"),
    Purpose.ANNOUNCEMENTS: N_("Nhận thông báo của Hội"),
    Purpose.NAME_TO_CADRES: N_("Cho cán bộ biết tên khi chuyển câu hỏi"),
    Purpose.CALL_BACK: N_("Cho cán bộ gọi điện lại"),
}

ROLE = {
    Role.OFFICER: N_("Cán bộ dùng bảng điều khiển"),
    Role.CADRE: N_("Cán bộ cơ sở"),
}

DIRECTION = {
    Direction.IN: N_("Nhận"),
    Direction.OUT: N_("Gửi"),
}

FILE = {
    FileKind.IMAGE: N_("Hình"),
    FileKind.GIF: N_("Hình động"),
    FileKind.VOICE: N_("Tiếng nói"),
    FileKind.VIDEO: N_("Đoạn phim"),
    FileKind.FILE: N_("Tập tin"),
}

# What messages can be filtered by. The kinds of sensitive messages are not among them.
KIND = {
    "text": N_("Tin chữ"),
    "choice": N_("Bấm chọn"),
    "media": N_("Ảnh, ghi âm, tệp"),
    "phone": N_("Gửi số điện thoại"),
    "start": N_("Mở trò chuyện"),
    "edited": N_("Sửa tin đã gửi"),
    "answer": N_("Trả lời từ mục Hỏi đáp"),
    "suggestion": N_("Gợi ý câu gần giống"),
    "rephrase": N_("Nhờ nói lại bằng lời khác"),
    "no_answer": N_("Chưa có câu trả lời"),
    "forward": N_("Chuyển đến cán bộ"),
    "cadre_answer": N_("Cán bộ trả lời"),
    "notice": N_("Tin báo"),
    "human": N_("Cán bộ tự nhắn"),
    "reaction": N_("Thả biểu tượng"),
    "rehearsal": N_("Gửi thử thông báo"),
}

# What a platform took a message from, where it says so (its own words).
CHARGE = {
    "charged": N_("mất phí"),
    "template": N_("mất phí theo giá mẫu tin"),
    "reply": N_("miễn phí, trong thời hạn trả lời"),
    "welcome_msg": N_("miễn phí, lời chào người mới"),
    "sub_quota": N_("trong phần được tặng của gói"),
    "purchase_quota": N_("trong phần đã mua thêm"),
    "reward_quota": N_("trong phần được thưởng"),
}

QUESTION = {
    QuestionState.WAITING: N_("Đang chờ"),
    QuestionState.FORWARDED: N_("Đã chuyển"),
    QuestionState.ANSWERED: N_("Đã trả lời"),
    QuestionState.CLOSED: N_("Đã đóng"),
}

# What happened to a question, where a staff member had to do with it and where none had.
STEP_OF_STAFF = {
    StepKind.FORWARDED: N_("Chuyển đến %(name)s"),
    StepKind.PASSED_ON: N_("%(name)s chuyển cho người khác"),
    StepKind.LATER: N_("%(name)s hẹn trả lời sau"),
    StepKind.OVERDUE: N_("%(name)s để quá lâu, chuyển lên cấp trên"),
    StepKind.ANSWERED: N_("%(name)s trả lời"),
    StepKind.UNDELIVERED: N_("Chưa chuyển tới được %(name)s"),
    StepKind.REOPENED: N_("%(name)s mở lại"),
    StepKind.CLOSED: N_("%(name)s đóng câu hỏi"),
}
STEP = {
    StepKind.ASKED: N_("Chị ấy hỏi"),
    StepKind.FORWARDED: N_("Chuyển đến cán bộ"),
    StepKind.PASSED_ON: N_("Chuyển cho người khác"),
    StepKind.LATER: N_("Hẹn trả lời sau"),
    StepKind.OVERDUE: N_("Để quá lâu, chuyển lên cấp trên"),
    StepKind.ANSWERED: N_("Đã trả lời"),
    StepKind.UNDELIVERED: N_("Câu trả lời chưa tới được chị ấy"),
    StepKind.HELD: N_("Câu trả lời được giữ lại, chờ chị ấy nhắn"),
    StepKind.REOPENED: N_("Chị ấy thấy chưa rõ, câu hỏi mở lại"),
    StepKind.ADDED: N_("Chị ấy nhắn thêm"),
    StepKind.CLOSED: N_("Chị ấy đã rõ, câu hỏi đóng lại"),
}

# How far an answer has come.
STAGE = {
    Stage.SENT: N_("Câu trả lời đã gửi đi"),
    Stage.DELIVERED: N_("Câu trả lời đã tới máy chị ấy"),
    Stage.SEEN: N_("Chị ấy đã mở xem"),
}

ALERT = {
    AlertState.DOUBTED: N_("Đang hỏi lại chị ấy"),
    AlertState.OPEN: N_("Chưa ai nhận"),
    AlertState.TAKEN: N_("Đang có người lo"),
    AlertState.CLOSED: N_("Đã khép"),
    AlertState.MISTAKEN: N_("Nghe lầm"),
}
# By which route somebody was told of an alert.
ALERT_ROUTE = {
    AlertRoute.LOCAL: N_("ở gần chị ấy"),
    AlertRoute.CITY: N_("cấp tỉnh, thành phố"),
    AlertRoute.CLIMBED: N_("báo thêm vì chưa ai nhận"),
}
ALERT_NOBODY_BEFORE_HER_PLACE = N_("Chưa biết chị ấy ở đâu nên chưa báo được ai ở gần")
ALERT_NOBODY = {
    AlertRoute.LOCAL: N_("Ở gần chị ấy không báo được cho ai"),
    AlertRoute.CITY: N_("Ở cấp tỉnh, thành phố không báo được cho ai"),
    AlertRoute.CLIMBED: N_("Không còn ai để báo thêm"),
}
# What happened in an alert, where a staff member did it and where none did.
ALERT_STEP_OF_STAFF = {
    AlertStepKind.TOLD: N_("Đã báo %(name)s"),
    AlertStepKind.TAKEN: N_("%(name)s nhận"),
    AlertStepKind.REMINDED: N_("Nhắc %(name)s: chị ấy chưa nhận được lời nào"),
    AlertStepKind.DECLINED: N_("%(name)s không nhận được"),
    AlertStepKind.HANDED_OVER: N_("%(name)s bàn giao"),
    AlertStepKind.NOTED: N_("%(name)s ghi"),
    AlertStepKind.READ: N_("%(name)s mở đọc lời chị ấy"),
    AlertStepKind.CLOSED: N_("%(name)s khép"),
    AlertStepKind.REOPENED: N_("%(name)s mở lại"),
}
ALERT_STEP = {
    AlertStepKind.RAISED: N_("Chị ấy nhắn lời kêu cứu"),
    AlertStepKind.ADDED: N_("Chị ấy nhắn thêm"),
    AlertStepKind.TOLD: N_("Đã báo cán bộ"),
    AlertStepKind.NOBODY: N_("Không báo được cho ai"),
    AlertStepKind.CLIMBED: N_("Chưa ai nhận: báo lên tất cả cấp trên, kèm số điện thoại trực"),
    AlertStepKind.TAKEN: N_("Đã có người nhận"),
    AlertStepKind.REMINDED: N_("Nhắc người nhận: chị ấy chưa nhận được lời nào"),
    AlertStepKind.UNANSWERED: N_(
        "Có người nhận mà chị ấy chưa nhận được lời nào: báo những người trực khác, kèm số điện thoại trực"
    ),
    AlertStepKind.DECLINED: N_("Không nhận được"),
    AlertStepKind.SAFE: N_("Chị ấy nói đang an toàn"),
    AlertStepKind.UNSAFE: N_("Chị ấy nói CHƯA an toàn"),
    AlertStepKind.CALL_BACK: N_("Chị ấy nhờ gọi lại"),
    AlertStepKind.PAST_LOCAL: N_("Chị ấy dặn đừng cho cán bộ nơi chị ấy ở biết"),
    AlertStepKind.PLACED: N_("Chị ấy nói về nơi mình đang ở"),
    AlertStepKind.HANDED_OVER: N_("Bàn giao"),
    AlertStepKind.NOTED: N_("Ghi thêm"),
    AlertStepKind.READ: N_("Có người mở đọc lời chị ấy"),
    AlertStepKind.CLOSED: N_("Khép lại"),
    AlertStepKind.REOPENED: N_("Mở lại"),
}

CERTAINTY = {
    "A": N_("có nguồn công khai"),
    "B": N_("nguồn gián tiếp"),
    "D": N_("nói về trợ lý này"),
    "M": N_("chưa kiểm chứng"),
    "N": N_("bản nháp, chưa bật lần nào"),
}
ESCALATE = {
    "none": N_("Chỉ trả lời"),
    "cadre": N_("Trả lời, rồi mời hỏi cán bộ"),
    "urgent": N_("Khẩn: hiện số khẩn cấp trước"),
}
SENSITIVE = {
    "none": N_("Bình thường"),
    "personal": N_("Chuyện cá nhân"),
    "high": N_("Chuyện riêng kín: không lưu lời vào nhật ký"),
}

BROADCAST = {
    BroadcastState.DRAFT: N_("Bản nháp"),
    BroadcastState.WAITING: N_("Chờ duyệt"),
    BroadcastState.SCHEDULED: N_("Đã hẹn giờ"),
    BroadcastState.RUN: N_("Đã gửi"),
    BroadcastState.CANCELLED: N_("Đã bỏ"),
}
APPROVAL = {
    ApprovalState.WAITING: N_("Đang chờ duyệt"),
    ApprovalState.APPROVED: N_("Đã duyệt"),
    ApprovalState.RETURNED: N_("Nhờ sửa lại"),
    ApprovalState.WITHDRAWN: N_("Đã rút lại"),
}
ROUTE = {
    Route.CHAT: N_("nhắn trong chat"),
    Route.TEMPLATE: N_("mẫu tin đã duyệt, trong chat"),
    Route.PHONE: N_("mẫu tin đã duyệt, tới số điện thoại"),
    Route.ARTICLE: N_("bài đăng cho mọi người quan tâm"),
    Route.GROUP: N_("bài đăng trong nhóm"),
}
RUN = {
    RunState.FILLING: N_("Đang chuẩn bị"),
    RunState.RUNNING: N_("Đang gửi"),
    RunState.PAUSED: N_("Đang tạm dừng"),
    RunState.DONE: N_("Đã xong"),
    RunState.CANCELLED: N_("Đã hủy giữa chừng"),
}
DELIVERY = {
    DeliveryState.SENT: N_("Đã gửi"),
    DeliveryState.PLANNED: N_("Chờ gửi"),
    DeliveryState.CLAIMED: N_("Đang gửi"),
    DeliveryState.UNCERTAIN: N_("Chưa chắc đã tới"),
    DeliveryState.FAILED: N_("Không gửi được"),
    DeliveryState.SKIPPED: N_("Bỏ qua"),
}
ON_UNCERTAIN = {
    OnUncertain.LEAVE: N_("Để nguyên, cán bộ xem danh sách rồi quyết định"),
    OnUncertain.SEND_AGAIN: N_("Tự gửi lại một lần (có thể có người nhận hai tin)"),
}
LEFT_OUT: dict[str, str] = {
    LeftOut.DECLINED: N_("chưa được nhận vào Hội"),
    LeftOut.LEFT: N_("không còn là hội viên"),
    LeftOut.UNKNOWN_AGE: N_("chưa rõ năm sinh"),
    LeftOut.NO_CONSENT: N_("chưa đồng ý nhận thông báo"),
    LeftOut.CATEGORY: N_("chỉ muốn nhận tin về việc khác"),
    LeftOut.NO_CHAT: N_("chưa nhắn với Hội trên kênh đã chọn"),
    LeftOut.STOPPED: N_("đã nhắn NGUNG"),
    LeftOut.QUIET: N_("đang để chế độ kín"),
    LeftOut.LANGUAGE: N_("chưa có lời nhắn bằng tiếng của chị ấy"),
    LeftOut.COSTS: N_("chỉ gửi được khi trả tiền"),
    LeftOut.WINDOW: N_("đã lâu chưa nhắn nên ứng dụng không cho gửi"),
    LeftOut.UNREACHABLE: N_("chặn hoặc không liên lạc được"),
    LeftOut.ERASED: N_("đã xóa thông tin"),
}
# Why a row of an uploaded list adds nobody.
MISS: dict[str, str] = {
    Miss.NO_KEY: N_("không có số điện thoại hay mã hội viên"),
    Miss.BAD_CODE: N_("mã hội viên gõ sai một chỗ"),
    Miss.SHORT_PHONE: N_("số điện thoại thiếu số"),
    Miss.LONG_PHONE: N_("số điện thoại thừa số"),
    Miss.WRONG_PHONE: N_("số điện thoại sai: không có đầu số này"),
    Miss.NOBODY: N_("không có hội viên nào như vậy trong đơn vị của chị"),
    Miss.SEVERAL: N_("nhiều người dùng chung số này, dòng không ghi tên ai trong số đó"),
    Miss.OTHER_NAME: N_("số hay mã này của một hội viên tên khác nên chưa tính: chị xem lại dòng này"),
    Miss.REPEATED: N_("trùng người với một dòng ở trên"),
}
# Why a delivery was skipped or is in doubt. Other codes are a platform's own.
WHY: dict[str, str] = {
    **LEFT_OUT,
    codes.REFUSED_AGAIN: N_("lần đầu chưa chắc đã tới, gửi lại thì bị từ chối"),
    codes.SENDER_DIED: N_("máy gửi ngừng giữa chừng"),
    codes.ERASED: N_("đã xóa thông tin"),
    codes.CHAT_CHANGED: N_("máy đã đổi người dùng"),
    codes.NO_PHONE: N_("không còn số điện thoại"),
    codes.BUDGET: N_("hết số tiền đã định cho đợt gửi"),
    codes.DEADLINE: N_("đã quá hạn, gửi không còn ích gì"),
    codes.CAPPED: N_("đã nhận đủ thông báo, hôm khác mới gửi"),
    codes.CANCELLED: N_("đợt gửi bị hủy"),
}
# Why a sending stopped itself or could not begin, and what to do.
RUN_CODE = {
    codes.STOPPED_REJECTED: N_(
        "Đợt gửi tự dừng vì nhiều tin bị từ chối. Chị xem lý do ở mục Không gửi được, nhờ người vận hành xem nếu chưa rõ; sửa xong thì bấm Gửi tiếp."
    ),
    codes.STOPPED_ACCOUNT: N_(
        "Đợt gửi tự dừng vì một tài khoản gửi không được chấp nhận nữa. Chị vào trang Kênh xem tài khoản nào báo đỏ và kết nối lại, rồi bấm Gửi tiếp."
    ),
    codes.STOPPED_MONEY: N_(
        "Đợt gửi tự dừng vì tài khoản gửi hết tiền hoặc hết phần tin được dùng. Chị nạp thêm hoặc chờ sang kỳ mới, rồi bấm Gửi tiếp: không ai bị bỏ sót."
    ),
    codes.STOPPED_FILLING: N_(
        "Đợt gửi tự dừng vì hơn mười phút mà máy chủ chưa lập xong danh sách người nhận. Chị nhờ người vận hành xem máy chủ, rồi bấm Gửi tiếp: không ai bị bỏ sót."
    ),
    starting.NOT_READY_CODE: N_(
        "Đợt gửi không bắt đầu được vì đơn vị nhận hoặc nội dung không dùng được nữa. Chưa ai nhận được tin này: chị soạn lại thông báo giúp."
    ),
    starting.NOT_STARTED_CODE: N_(
        "Đến giờ gửi mà máy chủ trục trặc mãi, đợt gửi chưa bắt đầu được. Chưa ai nhận được tin này: chị nhờ người vận hành xem máy chủ, rồi sao chép thông báo và hẹn lại giờ."
    ),
    starting.MISSED_CODE: N_(
        "Đến giờ gửi thì máy chủ không chạy, lúc chạy lại đã quá trễ nên không gửi nữa. Chưa ai nhận được tin này: chị hẹn lại giờ khác giúp."
    ),
}

FIELD = {
    "ten": N_("Tên"),
    "ho_ten": N_("Họ và tên"),
    "xa": N_("Xã, phường"),
    "ap": N_("Ấp, khóm"),
    "chi_hoi": N_("Chi hội"),
    "don_vi": N_("Đơn vị của chị ấy"),
}
PRIORITY = {
    Priority.NORMAL: N_("Bình thường"),
    Priority.DRIP: N_("Gửi rải dần, mỗi ngày một số người"),
    Priority.URGENT: N_("Khẩn: gửi trước mọi tin khác, không tính vào số tin mỗi người được nhận"),
}
OTHERWISE = {
    Otherwise.VIETNAMESE: N_("Nhận lời tiếng Việt"),
    Otherwise.LEAVE_OUT: N_("Không gửi cho chị ấy"),
}
RULE = {
    Rule.ANSWERED: N_("nhiều chị trả lời hơn"),
    Rule.CLICKED: N_("nhiều chị bấm vào liên kết hơn"),
}
CLICKS = {
    "counted": N_("có đếm ai bấm"),
    "no_link": N_("không đếm: trong lời nhắn không có liên kết"),
    "no_address": N_(
        "không đếm được, vì máy chủ chưa có địa chỉ công khai (CHIHOI_PUBLIC_URL): liên kết đi như chị viết"
    ),
    "unwanted": N_("không đếm"),
}
BLANK = {
    "don_vi_gui": N_("Tên đơn vị gửi"),
    "gio": N_("Giờ"),
    "ngay": N_("Ngày"),
    "noi": N_("Nơi"),
    "so_lien_he": N_("Số điện thoại liên hệ"),
    "ten_xa": N_("Tên xã, phường"),
    "don_vi_kham": N_("Đơn vị khám"),
    "so_luong": N_("Số người"),
    "ten_lop": N_("Tên lớp"),
    "so_cho": N_("Số chỗ còn"),
    "han": N_("Hạn đăng ký"),
    "han_nop": N_("Hạn nộp"),
    "cach_nop": N_("Cách nộp"),
    "ten_chi_hoi": N_("Tên chi hội"),
    "noi_dung": N_("Nội dung buổi họp"),
    "nguon_tin": N_("Nguồn tin"),
    "thoi_gian": N_("Báo điều gì, khi nào"),
    "viec_can_lam": N_("Việc cần làm"),
    "so_truc": N_("Số trực"),
    "so_chau_can_do_dau": N_("Số cháu cần đỡ đầu"),
    "cach_lua": N_("Cách lừa"),
    "so_cong_an_xa": N_("Số công an xã"),
}

# Why an account is refused, where its platform has no sentence of its own.
_BAD_TOKEN = N_(
    "Mã kết nối (token) không được chấp nhận nữa. Chị báo người vận hành lấy mã mới rồi khai lại."
)
ACCOUNT_TROUBLE = {
    "telegram_unauthorized": _BAD_TOKEN,
    "telegram_not_found": _BAD_TOKEN,
    "zalo_bot_unauthorized": _BAD_TOKEN,
}

JOB = {
    "followers": N_("Lấy danh sách người quan tâm"),
    "recovery": N_("Lấy lại tin bị lỡ"),
}
JOB_HINT = {
    "followers": N_("Đưa những người đang quan tâm tài khoản này vào danh sách của trợ lý. Không ai nhận được tin nào, không ai tự thành hội viên."),
    "recovery": N_("Khi máy chủ bị ngừng một lúc: trợ lý xem lại các cuộc trò chuyện và trả lời những tin chưa nhận được."),
}  # fmt: skip

# How far a job has come, by its kind; and what else it counted.
JOB_DONE = {
    "followers": N_("được %(done)s người"),
    "recovery": N_("đã xem %(done)s cuộc trò chuyện"),
}
JOB_COUNT = {
    "taken_in": N_("lấy lại được %(num)s tin"),
    "too_old": N_(
        "%(num)s tin cũ quá một ngày, trợ lý không trả lời nữa: chị xem trong trang quản lý của kênh"
    ),
}

# States of message templates, as their platform calls them; others are shown as they are.
CALL_BACK = {
    "name": N_("tên chị ấy"),
    "code": N_("mã câu hỏi"),
    "unit": N_("nơi chị ấy ở"),
}

TEMPLATE = {
    "ENABLE": N_("Dùng được"),
    "PENDING_REVIEW": N_("Đang chờ duyệt"),
    "REJECT": N_("Bị từ chối"),
    "DISABLE": N_("Đã ngừng"),
    "DELETE": N_("Đã xóa"),
}
