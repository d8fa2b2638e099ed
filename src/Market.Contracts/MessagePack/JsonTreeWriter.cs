using System.Text.Json;
using MessagePack;

namespace Market.Contracts;

/// <summary>Writes JSON as MessagePack: objects as maps, arrays as arrays, numbers as the shortest integers where they are whole,
/// else as floats of 64 bits.</summary>
internal static class JsonTreeWriter
{
    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">What: as deep as <see cref="MarketJson.MaxDepth"/> at most, since it was written so.</param>
    public static void Write(ref MessagePackWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHeader(value.GetPropertyCount());
                foreach (var member in value.EnumerateObject())
                {
                    writer.Write(member.Name);
                    Write(ref writer, member.Value);
                }
                break;
            case JsonValueKind.Array:
                writer.WriteArrayHeader(value.GetArrayLength());
                foreach (var item in value.EnumerateArray()) Write(ref writer, item);
                break;
            case JsonValueKind.String:
                writer.Write(value.GetString());
                break;
            case JsonValueKind.Number:
                WriteNumber(ref writer, value);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Write(value.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void WriteNumber(ref MessagePackWriter writer, JsonElement number)
    {
        if (number.TryGetInt64(out var whole)) writer.Write(whole);
        else if (number.TryGetUInt64(out var large)) writer.Write(large);
        else writer.Write(number.GetDouble());
    }
}
