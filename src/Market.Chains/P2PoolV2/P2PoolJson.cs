using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.P2PoolV2;

/// <summary>Reads members out of a p2poolv2 node's answers. What is missing, of another kind or out of bounds is told in words of
/// our own: nothing that the node wrote is repeated.</summary>
internal static class P2PoolJson
{
    // A target that asks for more than this is none: all of Bitcoin's blocks together took some 2^96 hashes.
    private static readonly double MostWork = Math.Pow(2, 96);

    private const int LongestAddress = 110;
    private const int LongestWord = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 12, AllowDuplicateProperties = false };

    /// <summary>Parses an answer; what is no JSON, too deep or names a member twice is refused.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body, string what)
    {
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException error)
        {
            throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} is answered with what is no JSON.", null, error);
        }
    }

    public static bool Has(this JsonElement from, string name) => TryFind(from, name, out _);

    public static JsonElement Member(this JsonElement from, string name) =>
        TryFind(from, name, out var value) ? value : throw Odd($"{name} is missing");

    /// <summary>Null where it is not there, or null.</summary>
    public static JsonElement? Optional(this JsonElement from, string name) =>
        TryFind(from, name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static JsonElement.ArrayEnumerator List(this JsonElement from, string name, int most) =>
        from.Member(name).AsList(name, most);

    public static JsonElement.ArrayEnumerator AsList(this JsonElement value, string name, int most) =>
        value.ValueKind != JsonValueKind.Array ? throw Odd($"{name} is no list")
        : value.GetArrayLength() > most ? throw Odd($"{name} has more than {most} items")
        : value.EnumerateArray();

    public static int Height(this JsonElement from, string name) => from.Member(name).AsHeight(name);

    public static int AsHeight(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var height) && height >= 0
            ? height
            : throw Odd($"{name} is no height");

    /// <summary>Unix seconds of 32 bits, as in headers.</summary>
    public static long Time(this JsonElement from, string name) =>
        from.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetUInt32(out var time)
            ? time
            : throw Odd($"{name} is no time");

    /// <summary>A whole number from 0 to a bound.</summary>
    public static long Number(this JsonElement from, string name, long most) => from.Member(name).AsNumber(name, most);

    public static long AsNumber(this JsonElement value, string name, long most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 && number <= most
            ? number
            : throw Odd($"{name} is no whole number from 0 to {most.ToString(CultureInfo.InvariantCulture)}");

    public static Hash256 Hash(this JsonElement from, string name) => from.Member(name).AsHash(name);

    public static Hash256 AsHash(this JsonElement value, string name) =>
        Hash256.TryParse(TextOf(value), out var hash) ? hash : throw Odd($"{name} is no hash");

    /// <summary>Expected hashes of a compact target, which is a number, or eight hexadecimal digits.</summary>
    public static double Work(this JsonElement from, string name)
    {
        var value = from.Member(name);
        if (!TryBits(value, out var bits) || !new CompactTarget(bits).TryExpand(out _))
        {
            throw Odd($"{name} is no target");
        }

        var work = new CompactTarget(bits).Work().ToDouble();
        return work >= 1 && work <= MostWork ? work : throw Odd($"{name} asks for more hashes than Bitcoin ever took");
    }

    /// <summary>Eight hexadecimal digits of a compact target's number.</summary>
    public static uint Bits(this JsonElement from, string name) =>
        TryBits(from.Member(name), out var bits) ? bits : throw Odd($"{name} is no target");

    /// <summary>An address of Bitcoin's or of the pool's chain: letters and digits, not checked otherwise.</summary>
    public static string Address(this JsonElement from, string name) =>
        TextOf(from.Member(name)) is { Length: > 0 and <= LongestAddress } text && text.All(char.IsAsciiLetterOrDigit)
            ? text
            : throw Odd($"{name} is no address");

    /// <summary>A short word of letters, such as a state.</summary>
    public static string Word(this JsonElement from, string name) =>
        TextOf(from.Member(name)) is { Length: > 0 and <= LongestWord } text && text.All(char.IsAsciiLetterOrDigit)
            ? text
            : throw Odd($"{name} is no word");

    /// <summary>Hexadecimal digits of a number of at most 256 bits, with 0x before them, as a number.</summary>
    public static double HexNumber(this JsonElement from, string name)
    {
        var text = TextOf(from.Member(name));
        return text is { Length: > 2 and <= 66 } && text.StartsWith("0x", StringComparison.Ordinal)
            && text.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0
            ? text.Skip(2).Aggregate(0.0, (sum, digit) => (sum * 16) + Convert.ToInt32(digit.ToString(), 16))
            : throw Odd($"{name} is no hexadecimal number");
    }

    public static P2PoolException Odd(string what) => new(P2PoolTrouble.Nonsense, $"its answer is odd: {what}.");

    private static bool TryBits(JsonElement value, out uint bits)
    {
        bits = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetUInt32(out bits),
            JsonValueKind.String => TextOf(value) is { Length: 8 } text
                && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits),
            _ => false,
        };
    }

    private static bool TryFind(JsonElement from, string name, out JsonElement value)
    {
        value = default;
        try
        {
            return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            // A name beside it has escapes that make no characters.
            return false;
        }
    }

    private static string? TextOf(JsonElement value)
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
}
