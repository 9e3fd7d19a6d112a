"""A person's phone on an emulator's page: what she types there, and what she reads. No buttons: digits do the same."""

import re
from datetime import timedelta
from typing import Self

from playwright.async_api import Page, expect

from tests.browser import chromium


class ZaloPhone:
    """One phone on the page of a Zalo emulator."""

    def __init__(self, page: Page, owner: str) -> None:
        self.page = page
        self._phone = page.get_by_label(f"Điện thoại của {owner}")
        self._line = self._phone.get_by_label(f"Tin nhắn của {owner}")
        self.answers = self._phone.locator(".theirs .bubble p")
        self._read = 0

    @classmethod
    async def bought(cls, page: Page, owner: str) -> Self:
        """A new person with a phone; the page is the emulator's."""
        await page.get_by_label("Thêm người").fill(owner)
        await page.get_by_role("button", name="Thêm", exact=True).click()
        phone = cls(page, owner)
        await expect(phone._line).to_be_visible()
        return phone

    async def says(self, words: str, *answers: str) -> None:
        await self._line.fill(words)
        await self._line.press("Enter")
        await expect(self._line).to_have_value("")
        await self.reads(*answers)

    async def reads(self, *answers: str, within: timedelta = chromium.PATIENCE) -> None:
        """The next messages come, in this order."""
        for words in answers:
            message = self.answers.nth(self._read)
            await expect(message).to_contain_text(words, timeout=within / timedelta(milliseconds=1))
            self._read += 1

    async def taps(self, button: str) -> None:
        """A thing that the phone itself offers, such as following."""
        await self._phone.get_by_role("button", name=button, exact=True).click()

    async def picks(self, label: str, *answers: str) -> None:
        """Types the number that stands before these words in the last message."""
        last = await self.answers.nth(self._read - 1).inner_text()
        found = re.search(rf"(\d+)[ .=:)]+{re.escape(label)}", last)
        assert found, last
        await self.says(found[1], *answers)

    async def registers(self, name: str, birth_year: str, commune: str, *, picks: str) -> None:
        """All of DANGKY by digits."""
        await self.says("dang ky", "Chị có đồng ý cho")
        await self.says("1", "Chị có muốn nhận tin báo của Hội")
        await self.says("1", "Chị có đồng ý cho cán bộ thấy tên chị không?")
        await self.says("1", "Chị cho em xin họ và tên")
        await self.says(name, "Chị sinh năm nào")
        await self.says(birth_year, "Chị ở xã/phường nào")
        await self.says(commune, "Chị chọn giúp em cho đúng nơi chị ở")
        await self.picks(picks, f"Dạ, em ghi chị ở {picks}")
        await self.says("ap hai", "Chị cho em số điện thoại")
        await self.says("bo qua", "Chị xem lại giúp em")
        await self.says("1", "Dạ xong rồi, em cảm ơn chị")
