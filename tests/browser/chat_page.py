"""A person's chat page in the browser: what she types and taps, and what she reads."""

from datetime import timedelta
from typing import Self

from playwright.async_api import Page, expect

from tests.browser import chromium
from tests.browser.chromium import Visitor


class ChatPage:
    """One chat that is open on her phone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._answers = page.locator(".line.ours .bubble")
        self._read = 0

    @classmethod
    async def opened(cls, visitor: Visitor) -> Self:
        chat = cls(await visitor.opens("/chat"))
        await chat.reads("Em là máy trả lời")
        return chat

    async def says(self, words: str, *answers: str) -> None:
        """She types and sends; `answers` are words of the messages that come back, one each."""
        await self.page.get_by_label("Tin nhắn của chị").fill(words)
        await self.page.get_by_label("Tin nhắn của chị").press("Enter")
        await self.reads(*answers)

    async def taps(self, button: str, *answers: str) -> None:
        await self.page.locator(".choices").get_by_role("button", name=button, exact=True).click()
        await self.reads(*answers)

    async def replies(self, quoted: str, words: str, *answers: str) -> None:
        """She answers one message in particular."""
        line = self.page.locator(".line.ours").filter(has_text=quoted).last
        await line.get_by_role("link", name="Trả lời", exact=True).click()
        await expect(self.page.locator("#answering")).to_contain_text("Đang trả lời")
        await self.says(words, *answers)

    async def reads(self, *answers: str, within: timedelta = chromium.PATIENCE) -> None:
        """The next messages come, in this order, without the page being loaded anew."""
        for words in answers:
            message = self._answers.nth(self._read)
            await expect(message).to_contain_text(words, timeout=within / timedelta(milliseconds=1))
            self._read += 1

    async def registers(self, name: str, birth_year: str, commune: str, *, picks: str) -> None:
        """All of DANGKY, as people type: without marks, partly by digit and partly by button."""
        await self.says("dang ky", "Chị có đồng ý cho")
        await self.taps("Đồng ý", "Chị có muốn nhận tin báo của Hội")
        await self.says("1", "Chị có đồng ý cho cán bộ thấy tên chị không?")
        await self.says("dong y", "Chị cho em xin họ và tên")
        await self.says(name, "Chị sinh năm nào")
        await self.says(birth_year, "Chị ở xã/phường nào")
        await self.says(commune, "Chị chọn giúp em cho đúng nơi chị ở")
        await self.taps(picks, f"Dạ, em ghi chị ở {picks}")
        await self.says("ap hai", "Chị cho em số điện thoại")
        await self.taps("Bỏ qua", "Chị xem lại giúp em")
        await self.says("1", "Dạ xong rồi, em cảm ơn chị")
