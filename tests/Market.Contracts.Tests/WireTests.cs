using System.Reflection;
using System.Text.Json;

namespace Market.Contracts.Tests;

public sealed class WireTests
{
    private const string Order = """
        {"clientOrderId":"a1","instrument":"P2SHARE-BTC","side":"sell","price":"98000","quantity":"5000000000",
         "outpoints":[{"outpoint":"00ff:1","signature":"smpAA=="}]}
        """;

    [Fact]
    public void An_order_reads_with_its_defaults()
    {
        var order = Read(Order);
        Assert.Equal(new Price(98000), order.Price);
        Assert.Equal(new Quantity(5_000_000_000), order.Quantity);
        Assert.Equal((Side.Sell, OrderType.Limit, TimeInForce.Gtc), (order.Side, order.Type, order.TimeInForce));
        Assert.Equal(SelfTradePrevention.CancelNewest, order.SelfTradePrevention);
    }

    [Theory]
    [InlineData("\"98000\"", "98000")]
    [InlineData("\"98000\"", "\"098000\"")]
    [InlineData("\"98000\"", "\"-1\"")]
    [InlineData("\"98000\"", "\"1.5\"")]
    [InlineData("\"98000\"", "\"1e3\"")]
    [InlineData("\"98000\"", "\" 1\"")]
    [InlineData("\"98000\"", "\"\"")]
    [InlineData("\"98000\"", "\"9223372036854775808\"")]
    [InlineData("\"98000\"", "\"99999999999999999999999999\"")]
    [InlineData("\"sell\"", "1")]
    [InlineData("\"sell\"", "\"short\"")]
    [InlineData("\"sell\"", "null")]
    [InlineData("\"a1\"", "null")]
    [InlineData("\"clientOrderId\":\"a1\",", "")]
    [InlineData("\"side\":\"sell\"", "\"side\":\"sell\",\"side\":\"buy\"")]
    [InlineData("\"side\":\"sell\"", "\"side\":\"sell\",\"colour\":\"red\"")]
    public void An_order_with_a_wrong_member_is_refused(string right, string wrong)
    {
        Assert.Contains(right, Order, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => Read(Order.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_largest_number_goes_there_and_back()
    {
        var json = JsonSerializer.Serialize(new Price(long.MaxValue), MarketJson.Options);
        Assert.Equal("\"9223372036854775807\"", json);
        Assert.Equal(long.MaxValue, JsonSerializer.Deserialize<Price>(json, MarketJson.Options).Sats);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.97", 970_000)]
    [InlineData("1", 1_000_000)]
    [InlineData("10", 10_000_000)]
    [InlineData("0.000001", 1)]
    [InlineData("99.999999", 99_999_999)]
    public void A_discount_factor_has_one_form(string text, int millionths)
    {
        Assert.True(DiscountFactor.TryParse(text, out var factor));
        Assert.Equal((millionths, text), (factor.Millionths, factor.ToString()));
        Assert.Matches(DiscountFactor.Pattern, text);
        Assert.Equal(factor, JsonSerializer.Deserialize<DiscountFactor>($"\"{text}\"", MarketJson.Strict));
        Assert.Equal($"\"{text}\"", JsonSerializer.Serialize(factor, MarketJson.Options));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".97")]
    [InlineData("0.")]
    [InlineData("0.970")]
    [InlineData("1.0")]
    [InlineData("00.97")]
    [InlineData("01")]
    [InlineData("100")]
    [InlineData("0.0000001")]
    [InlineData("+0.97")]
    [InlineData("-0.97")]
    [InlineData("9e-1")]
    [InlineData("0,97")]
    [InlineData("0.9.7")]
    [InlineData(" 0.97")]
    [InlineData("0.97 ")]
    [InlineData("٠.97")]
    [InlineData("０.97")]
    public void Another_form_of_a_discount_factor_is_refused(string text)
    {
        Assert.False(DiscountFactor.TryParse(text, out _));
        Assert.DoesNotMatch(DiscountFactor.Pattern, text);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DiscountFactor>($"\"{text}\"", MarketJson.Strict));
    }

    [Fact]
    public void Notional_rounds_up()
    {
        Assert.Equal(1, Sats.Notional(new Price(1), new Quantity(1)).Value);
        Assert.Equal(98000, Sats.Notional(new Price(98000), new Quantity(100_000_000)).Value);
        Assert.Equal(49001, Sats.Notional(new Price(98001), new Quantity(50_000_000)).Value);
        Assert.Throws<OverflowException>(() => Sats.Notional(new Price(long.MaxValue), new Quantity(200_000_000)));
    }

    [Fact]
    public void The_text_of_an_order_is_exactly_as_documented()
    {
        Assert.Equal(
            """
            market/order/v1
            network=devnet
            account=abcd
            clientOrderId=a1
            instrument=P2SHARE-BTC
            side=sell
            type=limit
            price=98000
            quantity=5000000000
            timeInForce=gtc
            postOnly=false
            selfTradePrevention=cancelNewest
            outpoints=00ff:1

            """,
            OrderText.Of("devnet", "abcd", Read(Order)));
    }

    [Fact]
    public void The_text_of_an_order_has_a_line_for_what_not_every_order_names()
    {
        var order = Read(Order) with
        {
            TimeInForce = TimeInForce.Gtd,
            ExpiresAt = new DateTimeOffset(2026, 3, 1, 14, 0, 0, 5, TimeSpan.FromHours(2)),
            PostOnly = true,
            PostOnlyMode = PostOnlyMode.Reprice,
            SelfTradePrevention = SelfTradePrevention.Decrement,
        };
        Assert.Contains(
            """
            timeInForce=gtd
            expiresAt=2026-03-01T12:00:00.005Z
            postOnly=true
            postOnlyMode=reprice
            selfTradePrevention=decrement

            """,
            OrderText.Of("devnet", "abcd", order), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tagged_hash_is_bip340s() =>
        Assert.Equal("e9e20f88ccbc8813d55b21d829241f3b119446fde09c8fd0043e442bb1ff30db",
            Convert.ToHexStringLower(TaggedText.Hash("a", "hello")));

    [Fact]
    public void Problem_codes_are_distinct_and_all_listed()
    {
        var constants = typeof(ProblemCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order().ToArray();
        Assert.Equal(constants, ProblemCodes.All.Order());
        Assert.Equal(constants.Length, constants.Distinct().Count());
    }

    [Fact]
    public void Absent_values_are_left_out_and_times_are_utc()
    {
        var json = JsonSerializer.Serialize(
            new ServerTime { Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), UnixMilliseconds = 1 },
            MarketJson.Options);
        Assert.Equal("""{"time":"2026-01-02T03:04:05+00:00","unixMilliseconds":1}""", json);
        Assert.Equal("{}", JsonSerializer.Serialize(new CancelAllOrders(), MarketJson.Options));
    }

    private static PlaceOrder Read(string json) => JsonSerializer.Deserialize<PlaceOrder>(json, MarketJson.Strict)!;

    [Theory]
    [InlineData("p2share", null, "P2SHARE-BTC")]
    [InlineData("p2share-k20", null, "P2SHARE-K20-BTC")]
    [InlineData("p2poolv2", 0, "P2POOLV2-0-BTC")]
    [InlineData("p2poolv2", 12, "P2POOLV2-12-BTC")]
    [InlineData("p2poolv2", int.MaxValue, "P2POOLV2-2147483647-BTC")]
    public void An_instruments_id_is_read_as_it_is_written(string design, int? series, string id)
    {
        Assert.Equal(id, Instrument.IdOf(design, series));
        Assert.True(Instrument.TryParseId(id, out var read, out var number));
        Assert.Equal((design, series), (read, number));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-BTC")]
    [InlineData("P2POOLV2-12")]
    [InlineData("p2poolv2-12-BTC")]
    [InlineData("P2POOLV2-012-BTC")]
    [InlineData("P2POOLV2-12-btc")]
    [InlineData("P2POOLV2-2147483648-BTC")]
    public void What_is_no_instruments_id_is_not_read(string? id) => Assert.False(Instrument.TryParseId(id, out _, out _));
}
