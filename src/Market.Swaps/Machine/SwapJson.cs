using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Swaps;

/// <summary>
/// A swap and its events as JSON, for journals and databases: camelCase names, enums as text, hashes and keys as
/// hexadecimal text, amounts as numbers of base units. What is secret has no JSON.
/// </summary>
public static class SwapJson
{
    /// <summary>The conventions.</summary>
    public static JsonSerializerOptions Options { get; } = Build();

    /// <summary>Writes a swap.</summary>
    public static string Write(Swap swap) => JsonSerializer.Serialize(swap, Options);

    /// <summary>Writes an event.</summary>
    public static string Write(SwapEvent happened) => JsonSerializer.Serialize(happened, Options);

    /// <summary>Reads a swap.</summary>
    /// <exception cref="JsonException">Not a swap.</exception>
    public static Swap ReadSwap(string json) =>
        JsonSerializer.Deserialize<Swap>(json, Options) ?? throw new JsonException("Not a swap.");

    /// <summary>Reads an event.</summary>
    /// <exception cref="JsonException">Not an event.</exception>
    public static SwapEvent ReadEvent(string json) =>
        JsonSerializer.Deserialize<SwapEvent>(json, Options) ?? throw new JsonException("Not an event.");

    private static JsonSerializerOptions Build()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            MaxDepth = 16,
            RespectNullableAnnotations = true,
            AllowOutOfOrderMetadataProperties = true,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new TextConverter<TxId>(TxId.TryParse));
        options.Converters.Add(new TextConverter<OutPoint>(OutPoint.TryParse));
        options.Converters.Add(new TextConverter<PublicKey>((string? text, out PublicKey value) =>
            PublicKey.TryParse(text, out value!)));
        options.Converters.Add(new TextConverter<Script>((string? text, out Script value) =>
        {
            value = Hex.TryDecode(text, out var bytes) ? new Script(bytes) : default;
            return bytes is not null;
        }));
        options.Converters.Add(new AmountConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Reads a value's text.</summary>
internal delegate bool TryParseText<T>(string? text, out T value);

/// <summary>A value as JSON text.</summary>
internal class TextConverter<T>(TryParseText<T> parse) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && parse(reader.GetString(), out var value)
            ? value
            : throw new JsonException($"Not a {typeof(T).Name}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value!.ToString());
}

/// <summary>Hexadecimal text.</summary>
internal sealed class PaymentHashConverter() : TextConverter<PaymentHash>(PaymentHash.TryParse);

/// <summary>Hexadecimal text.</summary>
internal sealed class RevealedPreimageConverter() : TextConverter<RevealedPreimage>(
    (string? text, out RevealedPreimage value) => RevealedPreimage.TryParse(text, out value!));

/// <summary>A number of Unix seconds.</summary>
internal sealed class LocktimeConverter : JsonConverter<Locktime>
{
    public override Locktime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Locktime.TryCreate(reader.GetInt64(), out var locktime) ? locktime : throw new JsonException("Not a locktime.");

    public override void Write(Utf8JsonWriter writer, Locktime value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.UnixSeconds);
}

/// <summary>A number of base units.</summary>
internal sealed class AmountConverter : JsonConverter<Amount>
{
    public override Amount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Amount value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Sats);
}
