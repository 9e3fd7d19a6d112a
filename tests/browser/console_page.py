"""An officer's console in the browser: the ways she goes through it, told as she would tell them."""

from datetime import datetime

from playwright.async_api import Page, expect

from bot.clock import in_vietnam

PASSWORD = "mot cau de nho"


async def sign_in_for_the_first_time(page: Page, link: str) -> None:
    """By the one-time link that the service printed; then she sets her password."""
    await page.goto(link)
    await page.get_by_role("button", name="Vào bảng điều khiển").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đặt mật khẩu")
    await page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    await page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    await page.get_by_role("button", name="Lưu mật khẩu").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")


async def add_cadre(page: Page, name: str, unit: str) -> str:
    """Give somebody the desk of a unit; returns the code by which she joins."""
    await open_section(page, "Cán bộ")
    await page.get_by_role("link", name="Thêm cán bộ").click()
    await page.get_by_label("Họ và tên").fill(name)
    await page.get_by_label("Đơn vị", exact=True).select_option(label=unit)
    await page.get_by_role("button", name="Thêm cán bộ", exact=True).click()
    await expect(page.locator("main")).to_contain_text(f"Đang nhận câu hỏi của {unit}.")
    await page.get_by_role("button", name="Lấy mã nối trò chuyện").click()
    return await page.locator(".code").inner_text()


async def add_officer(page: Page, name: str, unit: str, login: str) -> str:
    """A colleague with a console of her own; returns the code by which she joins from her chat."""
    await open_section(page, "Cán bộ")
    await page.get_by_role("link", name="Thêm cán bộ").click()
    await page.get_by_label("Họ và tên").fill(name)
    await page.get_by_label("Cán bộ dùng bảng điều khiển").check()
    await page.get_by_role("textbox", name="Tên đăng nhập").fill(login)
    await page.get_by_label("Đơn vị", exact=True).select_option(label=unit)
    await page.get_by_role("button", name="Thêm cán bộ", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await page.get_by_role("button", name="Lấy mã nối trò chuyện").click()
    return await page.locator(".code").inner_text()


async def put_on_duty(page: Page, name: str) -> None:
    """She is told of cries for help from now on."""
    await open_section(page, "Cán bộ")
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="Cho trực báo động").click()
    await expect(page.get_by_role("button", name="Thôi trực")).to_be_visible()


async def sign_in_link(page: Page) -> str:
    """Of the colleague whose page is open: her first way into the console."""
    await page.get_by_role("button", name="Lấy đường dẫn đăng nhập").click()
    return await page.get_by_label("Đường dẫn để gửi").input_value()


async def hand_on_question(page: Page, words: str, to: str) -> None:
    """From the inbox to the desk of a cadre."""
    await open_section(page, "Câu hỏi")
    await page.get_by_role("link", name=words).click()
    desk = page.get_by_label("Cán bộ nhận").locator("option", has_text=to)
    await page.get_by_label("Cán bộ nhận").select_option(await desk.get_attribute("value"))
    await page.get_by_role("button", name="Chuyển", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Đã chuyển câu hỏi mã")


async def write_announcement(page: Page, title: str, words: str, *, preview: str, count: int) -> None:
    """From an empty page to the last look; on the way she sees how it will look and how many it reaches."""
    await open_section(page, "Thông báo")
    await page.get_by_role("link", name="Soạn thông báo").first.click()
    await page.get_by_role("link", name="Tự viết").click()
    await page.wait_for_load_state()  # Nobody writes before the page is there.
    await page.get_by_label("Tên thông báo").fill(title)
    await page.get_by_label("Lời nhắn", exact=True).fill(words)
    await expect(page.locator("#preview .bubble").first).to_contain_text(preview)
    await expect(page.locator("#audience .people-count")).to_have_text(f"{count} người sẽ nhận")
    await page.get_by_role("button", name="Lưu và xem lại").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def ask_for_approval_at(page: Page, moment: datetime, count: int) -> None:
    here = in_vietnam(moment)
    await page.locator("#f-day").fill(f"{here:%Y-%m-%d}")
    await page.locator("#f-hour").fill(f"{here:%H:%M}")
    await _agree(page, f"Gửi cho {count} người lúc {here:%H:%M} ngày {here:%d/%m/%Y}")
    await _ask(page)


async def ask_for_approval_now(page: Page, count: int) -> None:
    await page.get_by_label("Ngay bây giờ").check()
    await _agree(page, f"Gửi cho {count} người ngay bây giờ")
    await _ask(page)


async def _ask(page: Page) -> None:
    await page.get_by_role("button", name="Nhờ duyệt").click()
    await expect(page.locator("main")).to_contain_text("Đã nhờ duyệt. Chưa gửi cho ai")


async def approve(page: Page, title: str) -> None:
    """From what waits for her on her first page."""
    await open_section(page, "Hôm nay")
    await page.get_by_role("link", name="Xem và duyệt").click()
    await page.get_by_role("link", name=title).click()
    await page.get_by_role("button", name="Duyệt thông báo này").click()
    await expect(page.locator("main")).to_contain_text("Chị đã duyệt thông báo này")


async def confirm_now(page: Page, count: int) -> None:
    await page.get_by_label("Ngay bây giờ").check()
    await _agree(page, f"Gửi cho {count} người ngay bây giờ")
    await page.get_by_role("button", name="Xác nhận và gửi").click()
    await expect(page.locator("main")).to_contain_text("Đã nhận lệnh")


async def _agree(page: Page, sentence: str) -> None:
    """Tick the sentence that states the number; at night also that it cannot wait."""
    agreement = page.get_by_label(sentence)
    await expect(agreement).to_be_visible()
    at_night = page.get_by_label("Việc này khẩn, gửi ngoài giờ")
    if await at_night.count():
        await at_night.check()
    await agreement.check()


async def open_section(page: Page, name: str) -> None:
    await page.locator(".side").get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def sign_in(page: Page, login: str, password: str) -> None:
    await page.goto("/console/sign-in")
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(password)
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")


async def connect_official_account(page: Page) -> str:
    """By the button, as the account's administrator says yes at Zalo. Returns the address for Zalo's webhook."""
    await open_section(page, "Kênh")
    webhook = await page.locator("code.address").inner_text()
    await page.get_by_role("button", name="Kết nối Zalo OA").click()
    await page.get_by_role("button", name="Cho phép").first.click()
    await expect(page.locator("main")).to_contain_text("Đã kết nối")
    return webhook
