"""The address book, what a person should mend in an address, and what of it may be seen."""

from __future__ import annotations

import builtins
import logging
import traceback

import pytest

from settlement import Address, Cart, Checkout, Line, Rulebook, settle
from settlement.consignee import AddressBook, address_problems, mask_name, mask_phone, phone_problem
from settlement.errors import InvalidDocument, UnknownAddress

HOME = Address(region="440305", name="张三", phone="13800138000", detail="科技路1号")
WORK = Address(region="110105", name="张三", phone="010-62345678", detail="建国路2号", tag="公司")
MUM = Address(region="441900", name="李四", phone="13900139000", detail="塘厦镇3号")
BOOK = AddressBook().add("home", HOME).add("work", WORK).add("mum", MUM)


def test_a_book_is_a_value():
    """Every change makes a new book; the old one stays as it was."""
    assert (len(AddressBook()), len(BOOK), len(BOOK.remove("mum")), len(BOOK)) == (0, 3, 2, 3)
    assert BOOK.update("mum", MUM.model_copy(update={"detail": "4号楼"}))["mum"].address.detail == "4号楼"
    assert BOOK["mum"].address == MUM
    assert "mum" in BOOK
    assert "dad" not in BOOK


def test_there_is_one_default_while_there_are_addresses():
    """The first is the default; removing it hands over to the most recently used, else to the next, round the end."""
    assert AddressBook().default is None
    assert BOOK.default.id == "home"
    assert BOOK.remove("home").default.id == "work"
    assert BOOK.use("mum").remove("home").default.id == "mum"
    assert BOOK.use("mum").use("work").remove("home").default.id == "work"
    assert BOOK.with_default("mum").remove("mum").default.id == "home"
    assert BOOK.with_default("mum").remove("work").default.id == "mum"
    assert BOOK.remove("home").remove("work").remove("mum").default is None
    assert BOOK.add("new", HOME.model_copy(update={"detail": "5号"}), default=True).default.id == "new"


def test_a_stored_book_without_its_default_gets_one():
    """The most recently used, else the first; a default that is not there is an error."""
    stored = BOOK.use("work").model_dump(mode="json") | {"default_id": None}
    assert AddressBook.model_validate(stored).default.id == "work"
    assert AddressBook.model_validate(BOOK.model_dump() | {"default_id": None}).default.id == "home"
    with pytest.raises(InvalidDocument):
        AddressBook.model_validate(BOOK.model_dump() | {"default_id": "gone"})
    with pytest.raises(InvalidDocument):
        AddressBook(default_id="home")


def test_a_book_survives_json():
    """The stored form gives the same book, and the same bytes again."""
    stored = BOOK.use("work").model_dump_json()
    assert AddressBook.model_validate_json(stored) == BOOK.use("work")
    assert AddressBook.model_validate_json(stored).model_dump_json() == stored


def test_the_same_address_twice_is_noticed():
    """Spaces, punctuation, width, case, a trailing zero of the code and the tag make no other address."""
    again = Address(region="440305000", name="张 三", phone="１３８-0013-8000", detail="科技路 1号。", tag="家")
    assert BOOK.duplicates(again) == ("home",)
    assert BOOK.duplicates(again.model_copy(update={"detail": "科技路2号"})) == ()
    with pytest.raises(InvalidDocument) as refused:
        BOOK.add("copy", HOME.model_copy(update={"tag": "家"}))
    assert [each.code for each in refused.value.problems] == ["address.duplicate"]
    assert len(BOOK.add("copy", HOME, twice=True)) == 4
    assert BOOK.update("home", HOME.model_copy(update={"tag": "家"}))["home"].address.tag == "家"


def test_an_id_stands_once_and_must_be_there():
    """A second address under one id is refused, and so is an id that the book does not have."""
    with pytest.raises(InvalidDocument):
        BOOK.add("home", HOME.model_copy(update={"detail": "9号楼"}))
    for ask in (BOOK.__getitem__, BOOK.remove, BOOK.use, BOOK.with_default, BOOK.checkout):
        with pytest.raises(UnknownAddress) as unknown:
            ask("gone")
        assert unknown.value.id == "gone"
        assert "张" not in str(unknown.value)


def test_addresses_are_found_by_any_part():
    """Name, phone, detail, tag and region; nothing is found for nothing."""
    assert [entry.id for entry in BOOK.find("张三")] == ["home", "work"]
    assert [entry.id for entry in BOOK.find("139")] == ["mum"]
    assert [entry.id for entry in BOOK.find("公司")] == ["work"]
    assert BOOK.find("  ") == ()


def test_the_address_of_a_checkout():
    """The chosen, else the default; none of an empty book; one whose region was retired since is refused."""
    assert BOOK.checkout() == HOME
    assert BOOK.checkout("work") == WORK
    assert AddressBook().checkout() is None
    old = HOME.model_copy(update={"region": "330103"})
    stored = AddressBook.model_validate({"entries": [{"id": "old", "address": old.model_dump()}]})
    with pytest.raises(InvalidDocument) as refused:
        stored.checkout()
    assert [each.code for each in refused.value.problems] == ["address.region_retired"]
    assert "浙江省 杭州市 拱墅区" in str(refused.value)


PROBLEMS = [
    ({"region": "440300"}, ["address.region_too_wide"]),
    ({"region": "CN"}, ["address.region_too_wide"]),
    ({"region": "*"}, ["address.region_too_wide"]),
    ({"region": "999999"}, ["address.region_unknown"]),
    ({"region": "330104"}, ["address.region_retired"]),
    ({"region": "440305001002"}, []),
    ({"region": "441900"}, []),
    ({"region": "810000", "phone": "91234567"}, []),
    ({"region": "710000", "phone": "0912345678"}, []),
    ({"region": "820000", "phone": "66123456"}, []),
    ({"name": " "}, ["address.name_missing"]),
    ({"name": "张" * 26}, ["limit.text"]),
    ({"phone": None}, ["address.phone_missing"]),
    ({"phone": "12800138000"}, ["address.phone"]),
    ({"phone": "1380013800"}, ["address.phone"]),
    ({"phone": "+86 13800138000"}, []),
    ({"phone": "400-820-8820"}, []),
    ({"extension": "12a"}, ["address.extension"]),
    ({"extension": "9100"}, []),
    ({"postcode": "51800"}, ["address.postcode"]),
    ({"postcode": "518000"}, []),
    ({"detail": None}, ["address.detail_missing"]),
    ({"detail": "路" * 201}, ["limit.text"]),
    ({"region": "US/CA/94103", "phone": "+1 650 253 0000", "city": "San Francisco", "postcode": "94103"}, []),
    ({"region": "US/CA/94103", "phone": "(650) 253-0000"}, []),
    ({"region": "GB", "phone": "020 7946 0958"}, []),
    ({"region": "US", "phone": "+1 555"}, ["address.phone_abroad"]),
    ({"region": "US", "phone": "call me"}, ["address.phone_abroad"]),
    ({"phone": "+1 650 253 0000"}, []),
]


@pytest.mark.parametrize(("change", "codes"), PROBLEMS)
def test_a_person_is_told_what_to_mend(change, codes):
    """Each problem has a code and a text; what can be used has none."""
    found = address_problems(HOME.model_copy(update=change))
    assert [each.code for each in found] == codes
    assert all(each.message and "{" not in each.message for each in found)


def test_phones_abroad_need_the_extra(monkeypatch):
    """Without phonenumbers the message names the extra; phones in China do not need it."""
    real = builtins.__import__

    def without(name, *rest):
        if name == "phonenumbers":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"settlement\[phone\]"):
        phone_problem("+1 650 253 0000", "US")
    assert phone_problem("13800138000") is None


PERSONAL = ("张三", "13800138000", "科技路1号", "9100", "518000", "家里")
WHOLE = HOME.model_copy(update={"extension": "9100", "postcode": "518000", "tag": "家里"})


def test_what_is_personal_is_not_printed(caplog):
    """`repr`, `str`, logs and errors of addresses, books and checkouts show nothing personal; `reveal` does."""
    book = AddressBook().add("home", WHOLE)
    cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="1.00 CNY")])
    checkout = Checkout(at="2026-11-11T00:00:00Z", cart=cart, address=WHOLE)
    with caplog.at_level(logging.INFO):
        logging.getLogger(__name__).info("%s %r %s", WHOLE, book, checkout)
    errors = [caplog.text]
    for wrong in (
        lambda: Address(region="440305", name=WHOLE.name, phone=5, detail=WHOLE.detail),
        lambda: book.add("again", WHOLE),
        lambda: book.add("wide", WHOLE.model_copy(update={"region": "440000"})),
        lambda: Address(region="440305", postcode="518000" * 99, tag="家里" * 999),
    ):
        with pytest.raises(InvalidDocument) as refused:
            wrong()
        errors.append("".join(traceback.format_exception_only(refused.value)) + repr(refused.value.problems))
    shown = "\n".join([repr(WHOLE), str(WHOLE), repr(book), str(book), repr(checkout), str(checkout), *errors])
    assert not [part for part in PERSONAL if part in shown]
    assert "张**" in str(WHOLE)
    assert all(part in WHOLE.reveal() for part in PERSONAL if part != "家里")


def test_masks_are_those_that_people_know():
    """First character and two stars; 3 + 4 of a mobile, 4 + 2 of others, two of an extension; short ones whole."""
    assert [mask_name(name) for name in ("张三", "欧阳娜娜", "")] == ["张**", "欧**", ""]
    assert mask_phone("138-0013-8000", "9100") == "138****8000-**00"
    assert [mask_phone(phone) for phone in ("0755-22107333", "12345", "")] == ["0755****33", "***", "***"]
    assert mask_phone("13800138000", "7") == "138****8000-*"


def test_the_new_fields_leave_contract_and_digest_alone():
    """An address without them is written as before, and with them the digest is the same: they decide nothing."""
    assert set(HOME.model_dump()) == {"region", "name", "phone", "detail"}
    cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="1.00 CNY")])
    full = WHOLE.model_copy(update={"city": "深圳", "catalogue": "2026-04"})
    rulebook = Rulebook(id="r", currency="CNY")
    digests = {
        settle(Checkout(at="2026-11-11T00:00:00Z", cart=cart, address=address), rulebook).digest
        for address in (Address(region="440305"), HOME, full)
    }
    assert len(digests) == 1
    assert Address.model_validate_json(full.model_dump_json()) == full
