using System.Globalization;
using System.Text;

namespace Market.Contracts;

/// <summary>The canonical text of an order, which the addresses of its outpoints sign as a message (BIP322).</summary>
public static class OrderText
{
    /// <summary>The text in words, for who reads the description of the interface alone.</summary>
    public const string Shape =
        "the line market/order/v1, then a line name=value for each of network (the instrument's), account (hex of the account's "
        + "x-only key), clientOrderId, instrument, side, type, price, discount, protection, quantity, timeInForce, "
        + "expiresAt, postOnly, postOnlyMode, selfTradePrevention and outpoints (joined by commas, in the order they are sent), in "
        + "this order, with the values as they are sent, those left out as their defaults (limit, gtc, false, cancelNewest), each "
        + "line ended by one line feed; price, discount, protection, expiresAt and postOnlyMode stand there only where they are "
        + "sent, expiresAt in UTC as 2026-03-01T12:00:00.000Z";

    /// <summary>
    /// The text: these lines, each ended by one line feed, in UTF-8; enums as on the wire, outpoints joined by commas in the
    /// order they are sent. The lines of price, discount, protection (a market order's), expiresAt and postOnlyMode stand
    /// there only where the order names them.
    /// <code>
    /// market/order/v1
    /// network=devnet
    /// account=(hex of the account's x-only key)
    /// clientOrderId=a1
    /// instrument=P2SHARE-BTC
    /// side=sell
    /// type=limit
    /// price=98000
    /// discount=0.97
    /// quantity=5000000000
    /// timeInForce=gtd
    /// expiresAt=2026-03-01T12:00:00.000Z
    /// postOnly=true
    /// postOnlyMode=reprice
    /// selfTradePrevention=cancelNewest
    /// outpoints=(txid:index),(txid:index)
    /// </code>
    /// </summary>
    /// <param name="network">The network of the instrument.</param>
    /// <param name="account">Hex of the x-only key that places the order.</param>
    /// <param name="order">The order; its signatures are not looked at.</param>
    public static string Of(string network, string account, PlaceOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var text = new StringBuilder(512);
        Line(text, "market/order/v1");
        Line(text, $"network={network}");
        Line(text, $"account={account}");
        Line(text, $"clientOrderId={order.ClientOrderId}");
        Line(text, $"instrument={order.Instrument}");
        Line(text, $"side={Wire(order.Side)}");
        Line(text, $"type={Wire(order.Type)}");
        if (order.Price is { } price) Line(text, $"price={price}");
        if (order.Discount is { } discount) Line(text, $"discount={discount}");
        if (order.Protection is { } protection) Line(text, $"protection={protection}");
        Line(text, $"quantity={order.Quantity}");
        Line(text, $"timeInForce={Wire(order.TimeInForce)}");
        if (order.ExpiresAt is { } expires) Line(text, $"expiresAt={expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");
        Line(text, $"postOnly={(order.PostOnly ? "true" : "false")}");
        if (order.PostOnlyMode is { } mode) Line(text, $"postOnlyMode={Wire(mode)}");
        Line(text, $"selfTradePrevention={Wire(order.SelfTradePrevention)}");
        Line(text, $"outpoints={string.Join(',', order.Outpoints.Select(o => o.Outpoint))}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) =>
        text.Append(CultureInfo.InvariantCulture, $"{line}\n");

    private static string Wire<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
