"""What an officer reads when connecting an Official Account did not work, and what she can do about it: msgids."""

from collections.abc import Mapping


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


# fmt: off
NO_APP = N_("Chưa khai báo ứng dụng Zalo. Nhờ người vận hành đặt CHIHOI_ZALO_APP_ID và CHIHOI_ZALO_APP_SECRET rồi khởi động lại.")
NO_OA_KEY = N_("Chưa khai báo khóa bí mật của OA, nên chưa nhận được tin của chị em. Nhờ người vận hành đặt CHIHOI_ZALO_OA_SECRET_KEY rồi khởi động lại.")

NOT_BEGUN_HERE = N_("Lần kết nối này đã quá một giờ, đã dùng rồi hoặc không bắt đầu từ trang này. Chị bấm “Kết nối Zalo OA” để làm lại.")
NOT_ALLOWED = N_("Zalo chưa cho phép: chưa có ai bấm đồng ý. Chị bấm “Kết nối Zalo OA” rồi nhờ quản trị viên của trang bấm đồng ý.")
NO_LASTING_PERMISSION = N_("Zalo chỉ cấp quyền một ngày cho trang này, thường vì trang chưa được xác thực. Chị xác thực trang với Zalo rồi kết nối lại.")
ZALO_AWAY = N_("Zalo không trả lời. Chị đợi vài phút rồi bấm “Kết nối Zalo OA” để làm lại.")
NOT_UNDERSTOOD = N_("Zalo trả lời không rõ quyền này là của trang nào. Chị bấm “Kết nối Zalo OA” để làm lại.")
REFUSED = N_("Zalo từ chối mà không nói rõ vì sao. Chị thử lại một lần; nếu vẫn vậy thì nhờ người vận hành xem mã lỗi trong nhật ký.")
NO_TOKENS = N_("Đây chưa phải là một cặp mã của Zalo. Chị chép lại đủ cả hai mã: mã truy cập và mã làm mới.")
REFRESH_TOKEN_REFUSED = N_("Mã truy cập dùng được nhưng Zalo không nhận mã làm mới. Chị lấy một cặp mã mới rồi dán lại cả hai.")

_WRONG_APP = N_("Zalo không nhận ứng dụng này: sai mã ứng dụng hoặc khóa, hoặc ứng dụng chưa kích hoạt mà người bấm không phải quản trị viên của ứng dụng. Nhờ người vận hành xem lại CHIHOI_ZALO_APP_ID và CHIHOI_ZALO_APP_SECRET.")
_WRONG_ADDRESS = N_("Zalo không nhận địa chỉ quay về. Nhờ người vận hành khai báo và xác thực tên miền, địa chỉ quay về và mã PKCE trong trang quản lý ứng dụng Zalo.")
_CODE_REFUSED = N_("Zalo không nhận lần đồng ý này: nó đã dùng rồi, hoặc mã PKCE không khớp. Chị bấm “Kết nối Zalo OA” để làm lại; nếu vẫn vậy thì nhờ người vận hành xem CHIHOI_ZALO_OA_PKCE.")
_CODE_TOO_OLD = N_("Đồng ý đã quá 10 phút nên Zalo không nhận nữa. Chị bấm “Kết nối Zalo OA” để làm lại.")
_NOT_THE_OWNER = N_("Người bấm đồng ý không phải quản trị viên của trang này. Nhờ đúng quản trị viên của trang làm lại.")
_GRANT_DEAD = N_("Quyền này không còn dùng được. Chị bấm “Kết nối Zalo OA” để xin quyền mới.")
_BUSY = N_("Zalo đang nhận quá nhiều yêu cầu. Chị đợi một phút rồi làm lại.")
_TOKEN_REFUSED = N_("Mã truy cập không đúng hoặc đã hết hạn. Chị lấy một cặp mã mới, hoặc bấm “Kết nối Zalo OA” để xin quyền.")
_OA_CLOSED = N_("Trang này đã bị khóa hoặc xóa trên Zalo. Chị liên hệ Zalo để mở lại rồi kết nối.")
_APP_OFF = N_("Ứng dụng Zalo chưa kích hoạt hoặc đã bị khóa. Nhờ người vận hành xem lại trong trang quản lý ứng dụng Zalo.")
_APP_HAS_NO_RIGHT = N_("Ứng dụng chưa có quyền gọi chức năng này của trang. Nhờ người vận hành đăng ký quyền trong trang quản lý ứng dụng Zalo rồi kết nối lại.")
_NOT_VERIFIED = N_("Zalo đòi trang phải được xác thực. Chị xác thực trang với Zalo rồi kết nối lại.")
_PACKAGE = N_("Gói dịch vụ của trang không cho ứng dụng kết nối. Chị nâng gói với Zalo rồi kết nối lại.")
_PROOF = N_("Zalo đòi bằng chứng khóa ứng dụng mà bằng chứng không khớp. Nhờ người vận hành xem CHIHOI_ZALO_OA_APPSECRET_PROOF và CHIHOI_ZALO_APP_SECRET.")
# fmt: on

OF_EXCHANGE: Mapping[int, str] = {  # zalo-oa.md 1.3, 2026-11.
    -14002: _WRONG_APP,
    -14003: _WRONG_ADDRESS,
    -14005: _CODE_REFUSED,
    -14019: _CODE_TOO_OLD,
    -14014: _GRANT_DEAD,
    -14020: _GRANT_DEAD,
    -140200: _GRANT_DEAD,
    -118: _GRANT_DEAD,
    -14012: _NOT_THE_OWNER,
    -14024: _NOT_THE_OWNER,
    -32: _BUSY,
}
OF_GETOA: Mapping[int, str] = {  # 5.1: what asking for the OA itself can be refused with.
    **dict.fromkeys((-216, -220, 216, 401, -401, -124, -222), _TOKEN_REFUSED),
    **dict.fromkeys((-204, -205), _OA_CLOSED),
    **dict.fromkeys((-209, -219), _APP_OFF),
    **dict.fromkeys((-212, -223), _APP_HAS_NO_RIGHT),
    -221: _NOT_VERIFIED,
    -224: _PACKAGE,
    -242: _PROOF,
    -32: _BUSY,
}
