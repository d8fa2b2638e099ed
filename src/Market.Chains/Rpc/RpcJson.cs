using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Rpc;

/// <summary>Reads values out of a node's answers. What is missing or of another kind is the node's fault.</summary>
internal static class RpcJson
{
    public static JsonElement Get(this JsonElement from, string name) =>
        from.TryFind(name, out var value)
            ? value
            : throw new ChainUnavailableException($"The Bitcoin node's answer lacks \"{name}\".");

    public static JsonElement? Find(this JsonElement from, string name) =>
        from.TryFind(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>False where it is not there, or where a name beside it has escapes that make no characters.</summary>
    public static bool TryFind(this JsonElement from, string name, out JsonElement value)
    {
        value = default;
        try
        {
            return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static string Text(this JsonElement value) => value.AsText() ?? throw Odd("text", value);

    /// <summary>Null where the value is no text, or one of bytes or escapes that make no characters.</summary>
    public static string? AsText(this JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static JsonElement.ArrayEnumerator Items(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Odd("a list", value);

    public static bool Bool(this JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean() : throw Odd("true or false", value);

    public static int Int(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number : throw Odd("a number", value);

    public static uint UInt(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var number)
            ? number : throw Odd("a number", value);

    public static long Long(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number : throw Odd("a number", value);

    public static Hash256 Hash(this JsonElement value) =>
        Hash256.TryParse(value.Text(), out var hash) ? hash : throw Odd("a hash", value);

    public static byte[] Bytes(this JsonElement value) =>
        Hex.TryDecode(value.Text(), out var bytes) ? bytes : throw Odd("hexadecimal text", value);

    /// <summary>Bits as eight hexadecimal digits, the highest byte first.</summary>
    public static CompactTarget Target(this JsonElement value) => value.Bytes() is { Length: sizeof(uint) } bytes
        ? new CompactTarget(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : throw Odd("bits of a target", value);

    /// <summary>A sum in whole coins, written with up to eight places, in satoshis exactly.</summary>
    public static Amount Coins(this JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number
            && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var coins)
            && Math.Abs(coins) <= Amount.MaxMoney / Amount.Coin)
        {
            return new Amount((long)Math.Round(coins * Amount.Coin));
        }

        throw Odd("an amount", value);
    }

    public static Transaction Transaction(this JsonElement value) =>
        Market.Bitcoin.Transaction.TryParse(value.Bytes(), out var transaction, out var error)
            ? transaction
            : throw new ChainUnavailableException($"The Bitcoin node sent a transaction that cannot be read: {error}.");

    private static ChainUnavailableException Odd(string wanted, JsonElement value) =>
        new($"The Bitcoin node's answer has {value.ValueKind} where {wanted} belongs.");
}
