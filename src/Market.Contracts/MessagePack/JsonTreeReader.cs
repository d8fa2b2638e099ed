using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using MessagePack;

namespace Market.Contracts;

/// <summary>Reads MessagePack of a stranger as JSON. What is claimed of lengths is held to what is there, and nothing is deeper
/// than <see cref="MarketJson.MaxDepth"/>; JSON is at most some six times as long as what it is read from.</summary>
internal static class JsonTreeReader
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Members that come twice are found by whoever reads the JSON.
        SkipValidation = true,
    };

    /// <summary>Reads one value.</summary>
    /// <returns>Its JSON in UTF-8, and what is in it that JSON does not have; null for nothing.</returns>
    /// <exception cref="MessagePackSerializationException">It is deeper than anything that is taken, or has an array or a map for
    /// a name.</exception>
    /// <exception cref="EndOfStreamException">It is not whole.</exception>
    public static (ReadOnlyMemory<byte> Json, string? Untaken) Read(ref MessagePackReader reader)
    {
        var json = new ArrayBufferWriter<byte>();
        string? untaken = null;
        using (var writer = new Utf8JsonWriter(json, Plain)) Copy(ref reader, writer, 0, ref untaken);
        return (json.WrittenMemory, untaken);
    }

    private static void Copy(ref MessagePackReader reader, Utf8JsonWriter json, int depth, ref string? untaken)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Map:
                Deeper(depth);
                var members = reader.ReadMapHeader();
                json.WriteStartObject();
                for (var i = 0; i < members; i++)
                {
                    CopyName(ref reader, json, ref untaken);
                    Copy(ref reader, json, depth + 1, ref untaken);
                }
                json.WriteEndObject();
                break;
            case MessagePackType.Array:
                Deeper(depth);
                var items = reader.ReadArrayHeader();
                json.WriteStartArray();
                for (var i = 0; i < items; i++) Copy(ref reader, json, depth + 1, ref untaken);
                json.WriteEndArray();
                break;
            case MessagePackType.String:
                json.WriteStringValue(Text(ref reader, ref untaken));
                break;
            case MessagePackType.Integer:
                if (reader.NextCode == MessagePackCode.UInt64) json.WriteNumberValue(reader.ReadUInt64());
                else json.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                var number = reader.ReadDouble();
                if (!double.IsFinite(number)) untaken = "A number is not finite.";
                json.WriteNumberValue(double.IsFinite(number) ? number : 0);
                break;
            case MessagePackType.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Nil:
                reader.ReadNil();
                json.WriteNullValue();
                break;
            default:
                // Bytes and extensions, timestamps among them: the wire has texts for both.
                reader.Skip();
                untaken = "A binary or an extension is no value of JSON.";
                json.WriteNullValue();
                break;
        }
    }

    private static void CopyName(ref MessagePackReader reader, Utf8JsonWriter json, ref string? untaken)
    {
        if (reader.NextMessagePackType is MessagePackType.Array or MessagePackType.Map)
            throw new MessagePackSerializationException("An array or a map is no name of a member.");
        if (reader.NextMessagePackType == MessagePackType.String)
        {
            json.WritePropertyName(Text(ref reader, ref untaken));
            return;
        }
        reader.Skip();
        untaken = "A member's name is no text.";
        json.WritePropertyName("");
    }

    private static ReadOnlySpan<byte> Text(ref MessagePackReader reader, ref string? untaken)
    {
        var text = reader.ReadStringSequence()!.Value;
        ReadOnlySpan<byte> bytes = text.IsSingleSegment ? text.FirstSpan : text.ToArray();
        if (Utf8.IsValid(bytes)) return bytes;
        untaken = "A text is not UTF-8.";
        return [];
    }

    private static void Deeper(int depth)
    {
        if (depth >= MarketJson.MaxDepth)
            throw new MessagePackSerializationException($"What is nested deeper than {MarketJson.MaxDepth} is not read.");
    }
}
