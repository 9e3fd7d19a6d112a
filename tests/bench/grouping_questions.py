"""A hundred and fifty questions about thirty subjects, five women's words for each, to see what is put together. All invented.

Many are chosen to be confused: vay and vậy, bò and bỏ, nhà and nha, dạ and da, má and mã; many carry the small words that say
nothing of the subject.
"""

_LINES = """
Em muốn vay vốn nuôi bò thì gặp ai | vay tiền mua bò giống ở đâu vậy chị | hội có cho vay nuôi bò không ạ | dạ cho em hỏi vay mua bò được mấy chục triệu | nuôi bò muốn vay ngân hàng làm sao
Đóng hội phí mấy ngàn một năm vậy chị | hội phí năm nay bao nhiêu vậy | dạ tiền hội đóng cho ai vậy chị ơi | hội phí đóng một lần hay từng tháng | chưa đóng hội phí có sao không vậy
Lớp may gia đình chừng nào khai giảng | học may ở đâu vậy chị | lớp dạy may còn nhận người không | em muốn học may áo bà ba | học may có đóng tiền không vậy
Mượn máy khâu của Hội được không | hội còn máy khâu cho mượn không vậy | ai giữ máy khâu của hội vậy chị | cho em mượn máy khâu vài bữa nha | máy khâu của Hội hư rồi ai sửa
Nhà em dột quá có được hỗ trợ sửa nhà không | hội có xây nhà tình thương không chị | sửa nhà cho hộ nghèo xin ở đâu vậy | nhà sập sau bão ai giúp sửa | em muốn làm đơn xin sửa nhà
Thẻ bảo hiểm y tế mất rồi làm lại ở đâu | bảo hiểm y tế hết hạn gia hạn sao vậy | mua thẻ bảo hiểm y tế cho má em | thẻ bảo hiểm y tế sai tên sửa ở đâu | bảo hiểm y tế hộ gia đình bao nhiêu tiền
Bé nhà em chích ngừa ở đâu | chừng nào trạm y tế chích ngừa cho trẻ | lịch chích ngừa tháng này hôm nào vậy | con em trễ mũi chích ngừa có sao không | chích ngừa cho bé có tốn tiền không
Em bị ngứa da mặt đi khám ở đâu | da tay nổi mẩn đỏ thoa thuốc gì | nước phèn làm ngứa da cả nhà | khám bệnh ngoài da ở bệnh viện nào | da bị nám thì hỏi bác sĩ nào vậy
Nước sinh hoạt đục quá hỏi ai | chừng nào có nước sạch về ấp | nước máy bị cúp hai bữa nay | gắn đồng hồ nước sạch làm đơn ở đâu | nước giếng bị phèn ai lại coi giúp
Xe rác mấy giờ vô xóm | rác để cả tuần chưa ai gom | tiền gom rác mỗi tháng bao nhiêu | bỏ rác ở đâu cho đúng chỗ | xóm em chưa có thùng rác
Đèn đường hư hai tuần rồi ai sửa | ban đêm đường tối thui xin gắn đèn | bóng đèn đường cháy báo ai | gắn đèn đường trong hẻm xin ở đâu | đèn đường tắt hoài đi làm về sợ quá
Làm khai sinh cho con ở đâu vậy | khai sinh trễ có bị phạt không | đăng ký khai sinh cần giấy gì | con hai tuổi chưa có khai sinh | khai sinh ghi sai tên con sửa được không
Làm căn cước cho con mười bốn tuổi | căn cước công dân hết hạn đổi ở đâu | mất căn cước làm lại bao lâu | căn cước của má em mờ số | đi làm căn cước mang giấy gì
Chồng em mất giấy chứng tử xin ở đâu | báo tử cho cha em cần gì | xin giấy chứng tử trễ được không | làm giấy báo tử ở xã hay ở bệnh viện | giấy chứng tử cấp lại mất mấy ngày
Đất của cha để lại sang tên thế nào | sang tên sổ đỏ tốn bao nhiêu | sổ đỏ đứng tên chồng em thêm tên được không | thủ tục chia đất cho con | cấp đổi sổ đỏ cần giấy gì
Heo bị dịch tả báo cho ai | dịch tả heo có được bồi thường không | heo chết vì dịch thì chôn ở đâu | chích ngừa dịch tả cho heo ở đâu | xã có hỗ trợ hộ có heo dịch không
Gà giống hội có cấp không chị | xin gà giống về nuôi ở đâu vậy | cấp vịt giống cho hộ nghèo chừng nào | nuôi gà thả vườn ai chỉ kỹ thuật | gà con nuôi bị rù cho uống gì
Bán bánh pía trên mạng ai dạy | lớp bán hàng trên mạng mở ở đâu vậy | em muốn bán hàng online mà không biết | học livestream bán hàng có mất tiền không | đăng hàng lên sàn bán sao vậy chị
Mã OTP là gì mà họ hỏi em | có người gọi xin mã OTP | lỡ đưa mã OTP cho người ta rồi | họ nhắn tin đòi mã xác nhận ngân hàng | mã gửi về máy có nên đọc cho ai không
Trường mầm non xã còn nhận bé không | gửi trẻ mười tám tháng ở đâu vậy | học phí mầm non một tháng bao nhiêu | xin cho bé vô mầm non cần giấy gì | nhà trẻ mấy giờ mở cửa
Con em muốn bỏ học phải làm sao | bé lớp bảy không chịu đi học nữa | cháu bỏ học theo ghe có vận động được không | ai khuyên giúp con em đi học lại | con bỏ học rồi xin học nghề ở đâu
Học bổng cho học sinh nghèo xin ai | con em học giỏi có được học bổng không | hội có phát học bổng năm học mới không | hồ sơ xin học bổng cho con gồm gì | học bổng cho bé mồ côi đăng ký ở đâu
Má em tám mươi tuổi được trợ cấp bao nhiêu | trợ cấp người cao tuổi lãnh ở đâu | bà ngoại em làm hồ sơ lãnh tiền già | người già không lương hưu có được trợ cấp không | tiền trợ cấp người già trễ hai tháng
Chị em khuyết tật được hưởng gì | làm giấy xác nhận khuyết tật ở đâu | trợ cấp khuyết tật mỗi tháng bao nhiêu vậy | con em bị khuyết tật xin xe lăn | hồ sơ khuyết tật nộp cho ai
Đội văn nghệ của Hội tập lúc nào | em muốn vô đội văn nghệ ấp | mượn áo dài diễn văn nghệ được không | đội văn nghệ còn thiếu người không vậy | văn nghệ mừng ngày hai mươi tháng mười tập ở đâu
Câu lạc bộ đờn ca tài tử sinh hoạt ở đâu | học đờn ca tài tử ai dạy vậy | câu lạc bộ đờn ca có nhận người mới không | đờn ca tài tử tối thứ bảy mấy giờ | xin vô nhóm đờn ca tài tử
Khám phụ khoa miễn phí hôm nào | đoàn khám phụ khoa về xã chưa | khám phụ khoa có cần nhịn ăn không | đi khám phụ khoa ở trạm y tế được không vậy | tầm soát ung thư vú khám chung phụ khoa không
Đặt vòng tránh thai ở trạm tốn bao nhiêu | uống thuốc tránh thai quên một ngày có sao không | xin bao cao su miễn phí ở đâu | tránh thai cách nào tốt cho người cho con bú | que cấy tránh thai mấy năm thay
Hạn mặn xin bồn chứa nước ở đâu | hội có cho bồn nước không vậy chị | bồn chứa nước ngọt cho hộ nghèo chừng nào phát | xin lu chứa nước mùa hạn | nước mặn vô ruộng ai hỗ trợ bồn chứa
Cưới chồng nước ngoài làm giấy gì | kết hôn với người Đài Loan thủ tục sao vậy | xin giấy độc thân để kết hôn nước ngoài | đăng ký kết hôn với người Hàn ở đâu | lấy chồng nước ngoài có phải qua tư vấn không
"""

SUBJECTS = tuple(tuple(words.strip() for words in line.split("|")) for line in _LINES.strip().splitlines())
