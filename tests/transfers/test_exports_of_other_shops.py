"""Files as other shops and spreadsheets really write them come in whole."""

from datetime import date

import pytest
import sqlalchemy as sa

from portal.backoffice.transfers import telling
from portal.customers import queries as customers
from portal.customers.models import CustomerStatus
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.transfers import queries
from portal.transfers.models import ImportRow, Outcome
from portal.transfers.rules import columns, reading
from portal.transfers.service.reading import opened
from tests.transfers.test_importing import HASH

SHOPIFY = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags\r\n"
    "'7105632714801,Bo,Norman,bo@shop.example,yes,,Chestnut Street 92,,Louisville,KY,US,'40202,'+15022111199,"
    '\'+15022111199,no,12.00,1,"Likes\ntea",no,"vip, wholesale"\r\n'
)
SHOPIFY_BEFORE_2022 = (
    "First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,Phone,"
    "Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt\n"
    "Bo,Norman,bo@shop.example,,Chestnut Street 92,Flat 2,Louisville,Kentucky,KY,United States,US,'40202,"
    "'+15022111199,yes,0.00,0,vip,,no\n"
)
WOOCOMMERCE = (
    "ID,customer_id,user_login,user_pass,user_nicename,user_email,user_registered,display_name,first_name,last_name,"
    "user_status,roles,billing_first_name,billing_company,billing_email,billing_phone,billing_address_1,"
    "billing_address_2,billing_postcode,billing_city,billing_state,billing_country,shipping_first_name,"
    "shipping_address_1,shipping_postcode,shipping_city,shipping_state,shipping_country\n"
    "13,13,bo,$P$BabcdefghijklmnopqrstuvwxyzABCD,bo,bo@shop.example,2023-04-01 10:22:11,Bo Norman,,,0,customer,Bo,,"
    "bo@shop.example,+15022111199,Chestnut Street 92,,40202,Louisville,KY,US,,,,,,\n"
)
WOOCOMMERCE_REPORT = (
    "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code\n"
    "Bo Norman,bo,2024-03-01 10:00:00,,bo@shop.example,3,120,40,US,Louisville,KY,40202\n"
)
MAGENTO = (
    "email,_website,_store,confirmation,created_at,created_in,disable_auto_group_change,dob,failures_num,firstname,"
    "gender,group_id,lastname,middlename,password_hash,prefix,rp_token,rp_token_created_at,store_id,suffix,taxvat,"
    "updated_at,website_id,password\n"
    "bo@shop.example,base,default,,2024-06-08 03:48:52,Default Store View,0,1973-12-15 00:00:00,0,Bo,Not Specified,1,"
    "Norman,,a0f1:abc:3,Mr,,,1,,,2024-06-08 03:48:52,1,\n"
)
MAGENTO_GRID = (
    "ID,Name,Email,Group,Phone,ZIP,Country,State/Province,Customer Since,Web Site,Confirmed email,Account Created in,"
    "Billing Address,Shipping Address,Date of Birth,Tax VAT Number,Gender,Street Address,City,Fax,VAT Number,Company,"
    "Billing Firstname,Billing Lastname,Account Lock\n"
    "1,Bo Norman,bo@shop.example,General,+15022111199,40202,United States,Kentucky,2024-06-08 03:48:52,Main Website,"
    "Confirmation Not Required,Default Store View,Chestnut Street 92 Louisville,Chestnut Street 92,1973-12-15,,Female,"
    "Chestnut Street 92,Louisville,,,,Bo,Norman,Unlocked\n"
)
MAGENTO_ADDRESSES = (
    "_website,_email,_entity_id,city,company,country_id,fax,firstname,lastname,middlename,postcode,prefix,region,"
    "region_id,street,suffix,telephone,vat_id,vat_is_valid,vat_request_date,vat_request_id,vat_request_success,"
    "_address_default_billing_,_address_default_shipping_\n"
    "base,bo@shop.example,17,Frankfort,,US,,Robert,Nobody,,40601,,Kentucky,28,Main Street 1,,5025550100,,,,,,1,0\n"
    "base,bo@shop.example,18,Louisville,Norman Ltd,US,,Bo,Norman,,40202,,Kentucky,28,Chestnut Street 92,,5022111199,"
    ",,,,,0,1\n"
    "base,nobody@shop.example,19,Louisville,,US,,No,Body,,40202,,Kentucky,28,Chestnut Street 93,,5022111198,,,,,,1,1\n"
)
OPENCART = (
    "customer_id,customer_group_id,store_id,language_id,firstname,lastname,email,telephone,password,custom_field,"
    "newsletter,ip,status,safe,token,code,date_added\n"
    f"1,1,0,1,Bo,Norman,bo@shop.example,NULL,{HASH},[],1,127.0.0.1,0,0,NULL,,2023-01-01 00:00:00\n"
)
OPENCART_TOOL = (
    "customer_id,customer_group,store,firstname,lastname,email,telephone,password,newsletter,status,date_added,"
    "company,address_1,address_2,city,postcode,iso_code_2,zone,default\n"
    "1,Default,Your Store,Bo,Norman,bo@shop.example,+15022111199,,true,true,2023-01-01 00:00:00,,Chestnut Street 92,,"
    "Louisville,40202,US,Kentucky,true\n"
)
OF_SHOPS = {
    "shopify": SHOPIFY,
    "shopify before 2022": SHOPIFY_BEFORE_2022,
    "woocommerce": WOOCOMMERCE,
    "woocommerce report": WOOCOMMERCE_REPORT,
    "magento": MAGENTO,
    "magento grid": MAGENTO_GRID,
    "opencart": OPENCART,
    "opencart tool": OPENCART_TOOL,
}


@pytest.mark.parametrize("shop", OF_SHOPS)
def test_a_customer_of_another_shop_comes_in_as_it_was_exported(imported, outbox, shop):
    text = OF_SHOPS[shop]
    assert columns.fitting(text.splitlines()[0].split(",")) == shop.split(" ")[0]
    wanted = imported(text)
    assert wanted.counts == {"new": 1}
    bo = customers.by_email("bo@shop.example")
    assert bo.name == "Bo Norman"
    if "Chestnut" in text:
        [address] = customers.addresses(bo.id)
        assert (address.country, address.address_1, address.postcode) == ("US", "Chestnut Street 92", "40202")
    if "+1502" in text:
        assert bo.telephone.e164 == "+15022111199"
    assert newsletter.state_of(bo.email) is None
    assert outbox() == []


def test_what_only_other_shops_write_is_read(imported):
    imported(SHOPIFY)
    bo = customers.by_email("bo@shop.example")
    assert (bo.external_id, bo.remarks) == ("7105632714801", "Likes\ntea")
    imported(OPENCART)
    assert customers.by_email("bo@shop.example").status is CustomerStatus.DISABLED
    imported(MAGENTO)
    assert customers.by_email("bo@shop.example").born_on == date(1973, 12, 15)


def test_addresses_of_magento_go_to_their_customers_and_say_nothing_else_of_them(checked, begun):
    begun(checked(MAGENTO))
    wanted = checked(MAGENTO_ADDRESSES)
    assert columns.fitting(wanted.columns) == "magento_addresses"
    assert wanted.counts == {"change": 1, "problem": 2}
    assert reasons(wanted) == [
        (2, "Only the address of deliveries is read. Add this one on the customer’s page"),
        (4, "A new customer needs a name"),
    ]
    begun(wanted)
    bo = customers.by_email("bo@shop.example")
    assert (bo.name, bo.external_id, bo.telephone) == ("Bo Norman", None, None)
    [address] = customers.addresses(bo.id)
    assert (address.country, address.state, address.city, address.postcode) == ("US", "Kentucky", "Louisville", "40202")
    assert (address.address_1, address.company, address.telephone) == ("Chestnut Street 92", "Norman Ltd", "5022111199")
    assert address.recipient == "Bo Norman"


def reasons(wanted):
    """Why rows are left out, with their lines."""
    refused = (ImportRow.import_id == wanted.id, ImportRow.outcome == Outcome.PROBLEM)
    query = sa.select(ImportRow.line, ImportRow.reason).where(*refused).order_by(ImportRow.line)
    return list(db.session.execute(query).tuples())


def test_a_full_name_serves_who_is_new_and_renames_nobody(imported):
    imported("first_name,last_name,email\nMarie,del Carmen Ruiz,marie@shop.example\n")
    imported("name,email,telephone\nMarie del Carmen Ruiz,marie@shop.example,+15022111199\nBo,bo@shop.example,\n")
    marie, bo = (customers.by_email(f"{name}@shop.example") for name in ("marie", "bo"))
    assert (marie.first_name, marie.last_name, marie.telephone.e164) == ("Marie", "del Carmen Ruiz", "+15022111199")
    assert bo.name == "Bo"


def test_columns_are_known_by_the_words_of_the_page(app):
    assert columns.guess(["Full name, of new customers", "Id in another system", "Billing: city", "印"]) == [
        "full_name",
        "external_id",
        "billing_city",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "country", "on"),
    [
        ("27-03-1987", "IN", date(1987, 3, 27)),
        ("27/3/1987", "GB", date(1987, 3, 27)),
        ("3/27/1987", "US", date(1987, 3, 27)),
        ("03/27/1987", "IN", None),
        ("31863", "IN", date(1987, 3, 27)),
        ("27.03.1987", "DE", date(1987, 3, 27)),
        ("1987-03-27", "US", date(1987, 3, 27)),
        ("1987", "IN", None),
        ("32-03-1987", "ZZ", None),
    ],
)
def test_days_are_read_as_spreadsheets_of_the_country_save_them(text, country, on):
    assert reading.local_day_of(text, country) == on


def test_the_line_that_tells_spreadsheets_the_separator_is_no_head(tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(b"\xef\xbb\xbfsep=;\r\nFirst name;Email\r\nBo;bo@shop.example\r\n")
    with file.open("rb") as upload, opened(upload) as table:
        assert (table.heads, table.first) == (["First name", "Email"], [["Bo", "bo@shop.example"]])
        assert b"".join(table.kept).startswith(b"First name;")


def test_the_preview_shows_how_a_day_was_read(checked):
    wanted = checked("name,email,birthday,notes\nBo,bo@shop.example,03-04-1987,Likes tea\n")
    [row] = telling.told(queries.rows(wanted.id, Outcome.NEW))
    assert row["diff"] == [("Date of birth", "", date(1987, 4, 3)), ("Remarks", "", "Likes tea")]
