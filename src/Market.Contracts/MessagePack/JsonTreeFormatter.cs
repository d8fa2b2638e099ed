using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;

namespace Market.Contracts;

/// <summary>Writes and reads a type as the tree of its JSON.</summary>
/// <typeparam name="T">The type.</typeparam>
internal sealed class JsonTreeFormatter<T> : IMessagePackFormatter<T>
{
    /// <inheritdoc/>
    public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options) =>
        JsonTreeWriter.Write(ref writer, JsonSerializer.SerializeToElement(value, MarketJson.Options));

    /// <inheritdoc/>
    /// <exception cref="MessagePackSerializationException">It is too deep, no MessagePack, or not of the type.</exception>
    public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        var (json, untaken) = JsonTreeReader.Read(ref reader);
        // Whoever takes any JSON reads it later, and says with a code what is wrong with it: a text is none of the wire's records.
        if (untaken is not null && typeof(T) == typeof(JsonElement))
            return (T)(object)JsonSerializer.SerializeToElement(untaken, MarketJson.Options);
        if (untaken is not null) throw new MessagePackSerializationException(untaken);
        try
        {
            return JsonSerializer.Deserialize<T>(json.Span, MarketJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new MessagePackSerializationException(e.Message, e);
        }
    }
}
