"""What each of Zalo's numbers means, as data: a stable word of ours, what class it is of, and the officer's sentence.

From zalo-oa.md 5.1 (the OA API) and 5.3 (templates by phone), 2026-11. Zalo's own messages vary and mean nothing; only
the number counts. What follows for a send is decided in `refusals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Zalo's classes of refusals (zalo-oa.md 5.1)."""

    RATE = "rate"  # Too many calls in this minute.
    TOKEN = "token"  # noqa: S105 - the name of a class, no secret
    USER = "user"  # This person, for long or for good.
    WAIT = "wait"  # Until a border of time or money.
    CONFIG = "config"  # Somebody has to set something right.
    BUG = "bug"  # What we sent is wrong, and will be.
    MEDIA = "media"  # The file that Zalo held is gone.
    TEMP = "temp"  # It passes.


class Until(StrEnum):
    """When something that is refused now may go."""

    MORNING = "morning"  # Night is over.
    NEXT_DAY = "next_day"
    PAID_UP = "paid_up"  # Somebody has put money in; nobody tells us when.
    LOOKED_OVER = (
        "looked_over"  # Zalo has read what was written in its own tool, which takes half an hour (3.4).
    )


@dataclass(frozen=True, slots=True)
class Meaning:
    """`sentence` is a msgid."""

    code: str
    kind: Kind
    sentence: str
    until: Until | None = None
    until_she_writes: bool = False  # USER and WAIT: her next message opens it.
    stops_all: bool = False  # CONFIG: nothing at all goes from this account, whatever is sent.
    depends_on_window: bool = False  # Past 48 hours it says only that this message would cost (5.1, -224).
    may_have_arrived: bool = False  # TEMP: repeating may double it.
    is_alarm: bool = False  # Somebody should look, though only one message failed.
    is_for_money: bool = False  # What the account may spend, money or an allowance, is used up.


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


# fmt: off

# Both hosts

RATE = Meaning("zalo_oa_rate", Kind.RATE, N_("Đã gọi Zalo hết số lượt của phút này. Hệ thống chờ sang phút sau rồi gửi tiếp."))
TOKEN = Meaning("zalo_oa_token", Kind.TOKEN, N_("Zalo tạm không nhận quyền truy cập của trang này. Hệ thống tự thử lại mỗi phút; nếu kéo dài, chị bấm “Kết nối lại”."), is_alarm=True)
TROUBLE = Meaning("zalo_oa_trouble", Kind.TEMP, N_("Zalo báo gửi không thành mà không nói vì sao. Tin có thể đã tới."), may_have_arrived=True)
UNKNOWN = Meaning("zalo_oa_unknown", Kind.TEMP, N_("Zalo từ chối với một mã lạ. Người vận hành xem mã đó trong nhật ký."), is_alarm=True)
NIGHT = Meaning("zalo_oa_night", Kind.WAIT, N_("Zalo không cho gửi loại tin này từ 22 giờ đến 6 giờ. 6 giờ sáng hệ thống gửi tiếp."), Until.MORNING)
NO_MONEY = Meaning("zalo_oa_no_money", Kind.WAIT, N_("Tài khoản Zalo Cloud không đủ tiền. Chị nạp thêm; mỗi giờ hệ thống thử gửi lại một lần."), Until.PAID_UP, depends_on_window=True, is_alarm=True, is_for_money=True)
NO_CLOUD_ACCOUNT = Meaning("zalo_oa_no_cloud_account", Kind.WAIT, N_("Tin này mất phí mà trang Zalo chưa gắn tài khoản Zalo Cloud. Quản trị viên của trang gắn vào rồi hệ thống tự gửi tiếp."), Until.PAID_UP, depends_on_window=True, is_alarm=True, is_for_money=True)
UNREACHABLE = Meaning("zalo_oa_unreachable", Kind.USER, N_("Tài khoản Zalo của chị ấy không nhận tin: đã khóa hoặc bỏ không lâu ngày."))
REFUSED_BY_HER = Meaning("zalo_oa_refused_by_her", Kind.USER, N_("Chị ấy không nhận loại tin này từ trang Zalo của Hội."))
BAD_REQUEST = Meaning("zalo_oa_bad_request", Kind.BUG, N_("Zalo không hiểu tin này. Nhờ người vận hành xem nhật ký."), is_alarm=True)
WRONG_APP = Meaning("zalo_oa_wrong_app", Kind.CONFIG, N_("Ứng dụng Zalo đã bị gỡ, bị khóa hoặc chưa được bật. Người vận hành kiểm tra ứng dụng trên trang dành cho nhà phát triển của Zalo."), stops_all=True)
NOT_ALLOWED = Meaning("zalo_oa_not_allowed", Kind.CONFIG, N_("Trang Zalo hoặc ứng dụng chưa được phép gửi loại tin này. Quản trị viên của trang xem lại gói dịch vụ và quyền đã cấp."))
CONTENT = Meaning("zalo_oa_content", Kind.BUG, N_("Zalo cho rằng nội dung tin trái quy định của Zalo. Chị xem lại lời tin."), is_alarm=True)

# The OA API

WINDOW_CLOSED = Meaning("window_closed", Kind.USER, N_("Chị ấy chưa nhắn cho trang Zalo của Hội, hoặc nhắn đã quá lâu nên Zalo không cho gửi. Chị ấy nhắn lại thì gửi được."), until_she_writes=True)
ATTACHMENT_GONE = Meaning("zalo_oa_attachment_gone", Kind.MEDIA, N_("Zalo làm mất tệp vừa tải lên. Hệ thống tự tải lên và gửi lại."))
TOO_LONG = Meaning("zalo_oa_too_long", Kind.BUG, N_("Tin dài quá mức Zalo cho phép. Chị chia thành nhiều tin."))
OA_CLOSED = Meaning("zalo_oa_closed", Kind.CONFIG, N_("Zalo báo trang này đã bị khóa, bị xóa hoặc không có. Quản trị viên của trang kiểm tra với Zalo."), stops_all=True)
USED_UP = Meaning("zalo_oa_used_up", Kind.WAIT, N_("Đã hết lượt tin Zalo cho gửi tới chị ấy. Chị ấy nhắn lại thì gửi được."), Until.NEXT_DAY, until_she_writes=True)
NOT_FOLLOWING = Meaning("zalo_oa_not_following", Kind.USER, N_("Chị ấy không (còn) quan tâm trang Zalo của Hội."))
PROCESSING = Meaning("zalo_oa_processing", Kind.TEMP, N_("Zalo còn đang xử lý bài viết. Hệ thống gửi lại sau ít phút."))
RECEIVED_ENOUGH = Meaning("zalo_oa_received_enough", Kind.WAIT, N_("Hôm nay chị ấy đã nhận đủ số tin Zalo cho phép. Sáng mai hệ thống gửi tiếp."), Until.NEXT_DAY)
ARTICLE_IN_WORK = Meaning("zalo_oa_article_in_work", Kind.WAIT, N_("Zalo còn đang xử lý hoặc xét duyệt bài viết. Cứ mười phút hệ thống gửi lại một lần."), Until.LOOKED_OVER)
NO_ARTICLE = Meaning("zalo_oa_no_article", Kind.BUG, N_("Trang Zalo không có bài viết với mã này. Chị xem lại mã bài viết."))
NOT_VERIFIED = Meaning("zalo_oa_not_verified", Kind.CONFIG, N_("Trang Zalo chưa được xác thực. Quản trị viên của trang làm thủ tục xác thực với Zalo."))
NO_PACKAGE = Meaning("zalo_oa_no_package", Kind.CONFIG, N_("Gói dịch vụ của trang Zalo không gồm tin này. Quản trị viên của trang nâng gói, hoặc đợi chị ấy nhắn lại."), depends_on_window=True, is_alarm=True)
BAD_PROOF = Meaning("zalo_oa_bad_proof", Kind.CONFIG, N_("Zalo không nhận dấu chứng thực của ứng dụng. Người vận hành xem lại khóa bí mật của ứng dụng."), stops_all=True)
WRONG_KIND = Meaning("zalo_oa_wrong_kind", Kind.BUG, N_("Zalo không nhận kiểu tin này."), is_alarm=True)
GROUP_CLOSED = Meaning("zalo_oa_group_closed", Kind.USER, N_("Nhóm Zalo này đã giải tán, hết hạn, hoặc trang của Hội không còn trong nhóm."))
TEMPLATE_NOT_BY_UID = Meaning("zalo_oa_template_not_by_uid", Kind.BUG, N_("Mẫu tin này không gửi được theo tài khoản Zalo, chỉ gửi được theo số điện thoại."))

OPENAPI: Mapping[int, Meaning] = {
    -32: RATE,
    -100: ATTACHMENT_GONE,
    -200: TROUBLE,
    -201: BAD_REQUEST,  # A wrong address among it: that of another OA, or of somebody who never had to do with ours.
    -204: OA_CLOSED,
    -205: OA_CLOSED,
    -209: NOT_ALLOWED,
    -210: TOO_LONG,
    -211: USED_UP,
    -212: NOT_ALLOWED,
    -213: NOT_FOLLOWING,
    -214: PROCESSING,
    -216: TOKEN,
    -217: REFUSED_BY_HER,
    -218: RECEIVED_ENOUGH,
    -219: WRONG_APP,
    -220: TOKEN,
    -221: NOT_VERIFIED,
    -223: NOT_ALLOWED,
    -224: NO_PACKAGE,
    -227: UNREACHABLE,
    -230: WINDOW_CLOSED,
    -231: WINDOW_CLOSED,
    -232: WINDOW_CLOSED,
    -233: WRONG_KIND,
    -234: NIGHT,
    -235: NOT_ALLOWED,
    -237: GROUP_CLOSED,
    -238: BAD_REQUEST,
    -240: BAD_REQUEST,
    -241: BAD_REQUEST,
    -242: BAD_PROOF,
    -244: REFUSED_BY_HER,
    -248: CONTENT,
    -249: TEMPLATE_NOT_BY_UID,
    -320: NO_CLOUD_ACCOUNT,
    -321: NO_MONEY,
    -403: GROUP_CLOSED,
    -1340: BAD_REQUEST,
    -1341: BAD_REQUEST,
    # Not the vendor's, but seen in answers: always about the token (5.1, low confidence).
    216: TOKEN,
    401: TOKEN,
    -401: TOKEN,
    -124: TOKEN,
    -222: TOKEN,
}

# Templates by phone

BAD_PHONE = Meaning("zalo_oa_bad_phone", Kind.USER, N_("Zalo không nhận số điện thoại này."))
NO_ZALO = Meaning("zalo_oa_no_zalo", Kind.USER, N_("Số điện thoại này không dùng Zalo, hoặc Zalo trên máy quá cũ."))
BAD_TEMPLATE = Meaning("zalo_oa_bad_template", Kind.BUG, N_("Zalo không có mẫu tin này."), is_alarm=True)
BAD_VALUES = Meaning("zalo_oa_bad_values", Kind.BUG, N_("Nội dung điền vào mẫu tin thiếu, dài quá hoặc sai kiểu."))
BAD_BUTTON = Meaning("zalo_oa_bad_button", Kind.BUG, N_("Nút bấm của mẫu tin không hợp lệ. Chị sửa mẫu trên trang của Zalo."))
BAD_KEY = Meaning("zalo_oa_bad_key", Kind.CONFIG, N_("Zalo đòi mã hóa số điện thoại theo cách khác. Nhờ người vận hành xem lại."))
ONLY_FOR_TESTS = Meaning("zalo_oa_only_for_tests", Kind.CONFIG, N_("Mẫu tin này còn ở chế độ thử, chỉ gửi được cho quản trị viên của trang."))
TEMPLATE_NOT_APPROVED = Meaning("template_not_approved", Kind.CONFIG, N_("Zalo chưa duyệt mẫu tin này, hoặc đã từ chối hay khóa nó."))
DAY_QUOTA = Meaning("zalo_oa_day_quota", Kind.WAIT, N_("Hôm nay trang Zalo đã gửi hết số tin mẫu được phép. Sáng mai hệ thống gửi tiếp."), Until.NEXT_DAY, is_for_money=True)
TEMPLATE_QUOTA = Meaning("zalo_oa_template_quota", Kind.WAIT, N_("Mẫu tin này đã hết lượt gửi trong ngày. Sáng mai hệ thống gửi tiếp."), Until.NEXT_DAY, is_for_money=True)

BUSINESS: Mapping[int, Meaning] = {
    -32: RATE,
    -100: TROUBLE,
    **dict.fromkeys((-101, -102, -103, -104, -105), WRONG_APP),
    -106: BAD_REQUEST,
    -107: BAD_REQUEST,
    -108: BAD_PHONE,
    -109: BAD_TEMPLATE,
    -110: NO_ZALO,
    -111: BAD_VALUES,
    -112: BAD_VALUES,
    -113: BAD_BUTTON,
    -114: UNREACHABLE,  # One source reads it as the content of a button: hence in the log.
    -115: NO_MONEY,
    -116: BAD_VALUES,
    -117: NOT_ALLOWED,
    -118: NO_ZALO,
    -119: UNREACHABLE,
    -120: NOT_ALLOWED,
    -121: BAD_REQUEST,
    -122: BAD_REQUEST,
    **dict.fromkeys((-123, -128, -129, -142, -143), BAD_KEY),
    -124: TOKEN,
    -125: NOT_ALLOWED,
    -126: ONLY_FOR_TESTS,
    -127: ONLY_FOR_TESTS,
    -130: TOO_LONG,
    -131: TEMPLATE_NOT_APPROVED,
    -132: BAD_VALUES,
    -133: NIGHT,
    -134: REFUSED_BY_HER,
    -135: NOT_ALLOWED,
    -1351: NOT_ALLOWED,
    -136: NO_CLOUD_ACCOUNT,
    -137: NO_MONEY,
    -138: NOT_ALLOWED,
    -1381: NOT_ALLOWED,
    -139: REFUSED_BY_HER,
    -140: REFUSED_BY_HER,
    -141: REFUSED_BY_HER,
    -144: DAY_QUOTA,
    -1441: DAY_QUOTA,
    -145: NOT_ALLOWED,
    -146: TEMPLATE_NOT_APPROVED,
    -147: TEMPLATE_QUOTA,
    -1471: TEMPLATE_QUOTA,
    -1472: TEMPLATE_QUOTA,
    **dict.fromkeys((-148, -149, -150, -1491, -151, -152, -153), BAD_REQUEST),
    **dict.fromkeys((-158, -159, -160, -161, -162), BAD_REQUEST),
}

# Of ours: what was refused before anything was sent, and what failed on the way.

NEEDS_AUTHORIZATION = Meaning("needs_authorization", Kind.CONFIG, N_("Quyền gửi tin của trang Zalo đã hết. Chị bấm “Kết nối lại” rồi đồng ý trên trang của Zalo."), stops_all=True)
NO_CONNECTION = Meaning("zalo_oa_no_connection", Kind.TEMP, N_("Không nối được tới Zalo. Hệ thống tự gửi lại."))
SERVER = Meaning("zalo_oa_server", Kind.TEMP, N_("Máy chủ Zalo đang trục trặc. Hệ thống tự gửi lại."))
NOT_ZALO = Meaning("zalo_oa_not_zalo", Kind.TEMP, N_("Một máy khác trả lời thay Zalo. Người vận hành kiểm tra đường mạng."))
TIMEOUT = Meaning("zalo_oa_timeout", Kind.TEMP, N_("Zalo không trả lời kịp. Tin có thể đã tới."), may_have_arrived=True)
ANSWER_LOST = Meaning("zalo_oa_answer_lost", Kind.TEMP, N_("Mất câu trả lời của Zalo. Tin có thể đã tới."), may_have_arrived=True)
FILE_MISSING = Meaning("file_missing", Kind.BUG, N_("Không còn tệp cần gửi."))
FILE_TYPE = Meaning("file_type", Kind.BUG, N_("Zalo chỉ nhận ảnh JPG, PNG, GIF và tệp PDF, DOC, DOCX, CSV."))
FILE_TOO_LARGE = Meaning("file_too_large", Kind.BUG, N_("Tệp nặng quá: Zalo chỉ nhận ảnh đến 1 MB, ảnh động và tệp đến 5 MB. Chị thu nhỏ rồi gửi lại."))
UPLOAD_FAILED = Meaning("zalo_oa_upload_failed", Kind.TEMP, N_("Chưa tải được tệp lên Zalo. Hệ thống tự thử lại."))
UPLOADS_USED_UP = Meaning("zalo_oa_uploads_used_up", Kind.BUG, N_("Tháng này trang Zalo đã hết lượt tải ảnh hoặc tệp lên."), is_alarm=True)
FILE_NOT_SENT = Meaning("zalo_oa_file_not_sent", Kind.BUG, N_("Lời nhắn đã tới, còn tệp kèm theo thì Zalo không nhận."))
FILE_IN_DOUBT = Meaning("zalo_oa_file_in_doubt", Kind.BUG, N_("Lời nhắn đã tới; không rõ tệp kèm theo đã tới chưa."))
TEMPLATE_UNKNOWN = Meaning("template_unknown", Kind.BUG, N_("Trang Zalo không có mẫu tin này. Chị bấm “Lấy lại danh sách” mẫu tin."))
TEMPLATE_VALUES = Meaning("template_values", Kind.BUG, N_("Nội dung điền vào mẫu tin không hợp với mẫu. Chị xem lại từng ô."))

LOCAL: tuple[Meaning, ...] = (
    ARTICLE_IN_WORK,
    NO_ARTICLE,
    UNKNOWN,
    NEEDS_AUTHORIZATION,
    NO_CONNECTION,
    SERVER,
    NOT_ZALO,
    TIMEOUT,
    ANSWER_LOST,
    FILE_MISSING,
    FILE_TYPE,
    FILE_TOO_LARGE,
    UPLOAD_FAILED,
    UPLOADS_USED_UP,
    FILE_NOT_SENT,
    FILE_IN_DOUBT,
    TEMPLATE_UNKNOWN,
    TEMPLATE_VALUES,
)
