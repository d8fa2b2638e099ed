using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Contracts;

/// <summary>The one form of a whole number on the wire: ASCII digits, no sign, no leading zero, no point, at most
/// <see cref="long.MaxValue"/>.</summary>
public static class DecimalStrings
{
    /// <summary>The regular expression that a decimal string matches, as OpenAPI states it.</summary>
    public const string Pattern = "^(0|[1-9][0-9]{0,18})$";

    /// <summary>Writes <paramref name="value"/>, which is not negative.</summary>
    public static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads the canonical form only: "007", "+1", "1.0" and " 1" are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 19 || (text.Length > 1 && text[0] == '0')) return false;
        foreach (var c in text)
        {
            if (c is < '0' or > '9') return false;
            if (value > (long.MaxValue - (c - '0')) / 10) return false;
            value = value * 10 + (c - '0');
        }
        return true;
    }

    internal static long Read(ref Utf8JsonReader reader, string what)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            Span<char> text = stackalloc char[20];
            var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
            if (length <= 19 && TryParse(text[..reader.CopyString(text)], out var value)) return value;
        }
        throw new JsonException($"A {what} is a string of decimal digits, like \"98120\".");
    }

    internal static void Write(Utf8JsonWriter writer, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var written);
        writer.WriteStringValue(text[..written]);
    }
}

/// <summary>A price in whole satoshis for one whole share (1e8 base units). On the wire a decimal string.</summary>
/// <param name="Sats">Satoshis per whole share; not negative.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct Price(long Sats) : IComparable<Price>
{
    /// <inheritdoc/>
    public int CompareTo(Price other) => Sats.CompareTo(other.Sats);

    /// <summary>The decimal string of the wire.</summary>
    public override string ToString() => DecimalStrings.Format(Sats);

    private sealed class Converter() : DecimalConverter<Price>("price", value => new(value), price => price.Sats);
}

/// <summary>A quantity of shares in base units (1e-8 share). On the wire a decimal string.</summary>
/// <param name="Units">Base units; not negative.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct Quantity(long Units) : IComparable<Quantity>
{
    /// <summary>Base units in one whole share.</summary>
    public const long UnitsPerShare = 100_000_000;

    /// <inheritdoc/>
    public int CompareTo(Quantity other) => Units.CompareTo(other.Units);

    /// <summary>The decimal string of the wire.</summary>
    public override string ToString() => DecimalStrings.Format(Units);

    private sealed class Converter() : DecimalConverter<Quantity>("quantity", value => new(value), quantity => quantity.Units);
}

/// <summary>An amount of bitcoin in satoshis. On the wire a decimal string.</summary>
/// <param name="Value">Satoshis; not negative.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct Sats(long Value) : IComparable<Sats>
{
    /// <inheritdoc/>
    public int CompareTo(Sats other) => Value.CompareTo(other.Value);

    /// <summary>The decimal string of the wire.</summary>
    public override string ToString() => DecimalStrings.Format(Value);

    /// <summary>What a quantity costs at a price: ceil(price x quantity / 1e8) satoshis.</summary>
    /// <exception cref="OverflowException">The cost does not fit into 63 bits.</exception>
    public static Sats Notional(Price price, Quantity quantity) =>
        new(checked((long)(((Int128)price.Sats * quantity.Units + (Quantity.UnitsPerShare - 1)) /
            Quantity.UnitsPerShare)));

    private sealed class Converter() : DecimalConverter<Sats>("amount in satoshis", value => new(value), sats => sats.Value);
}

/// <summary>Reads and writes a value that is a whole number as its decimal string.</summary>
internal abstract class DecimalConverter<T>(string what, Func<long, T> of, Func<T, long> number) : JsonConverter<T>
{
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        of(DecimalStrings.Read(ref reader, what));

    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        DecimalStrings.Write(writer, number(value));
}
