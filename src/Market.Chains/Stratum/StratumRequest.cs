using System.Globalization;
using System.Text.Json;
using Market.Chains.Rpc;

namespace Market.Chains.Stratum;

/// <summary>What a line from a miner is.</summary>
internal enum StratumLine
{
    /// <summary>A request, to be answered.</summary>
    Request,

    /// <summary>A miner's answer to what the server said: nothing follows from it.</summary>
    Answer,

    /// <summary>Nothing that this protocol has.</summary>
    Bad,
}

/// <summary>A request of Stratum version 1: a line of JSON-RPC.</summary>
/// <param name="Id">The raw text of its id, to stand in the answer as it came; "null" where it has none.</param>
/// <param name="Method">What is asked for.</param>
/// <param name="Parameters">The parameters: nearly always a list.</param>
internal sealed record StratumRequest(string Id, string Method, JsonElement Parameters)
{
    /// <summary>A longer line is never read, in bytes.</summary>
    public const int LongestLine = 16 * 1024;

    private const int DeepestJson = 8;
    private const int LongestId = 66;
    private const int LongestMethod = 64;
    private const int HexDigits = 8;

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = DeepestJson };

    /// <summary>Reads a line without its end.</summary>
    /// <param name="line">The bytes.</param>
    /// <param name="request">The request; null for anything else.</param>
    public static StratumLine Read(ReadOnlySpan<byte> line, out StratumRequest? request)
    {
        request = null;
        if (line.Length > LongestLine || Parse(line) is not { ValueKind: JsonValueKind.Object } root)
        {
            return StratumLine.Bad;
        }

        if (!root.TryFind("method", out var name))
        {
            return root.TryFind("result", out _) || root.TryFind("error", out _) ? StratumLine.Answer : StratumLine.Bad;
        }

        var method = name.AsText();
        var id = IdOf(root);
        if (method is null or { Length: > LongestMethod } || id is null)
        {
            return StratumLine.Bad;
        }

        request = new StratumRequest(id, method, root.TryFind("params", out var parameters) ? parameters : default);
        return StratumLine.Request;
    }

    /// <summary>How many parameters stand in the list; 0 where there is none.</summary>
    public int Count => Parameters.ValueKind == JsonValueKind.Array ? Parameters.GetArrayLength() : 0;

    /// <summary>A parameter that is a text; null where it is missing or something else.</summary>
    public string? Text(int index) => index < Count ? Parameters[index].AsText() : null;

    /// <summary>A parameter of one to eight hexadecimal digits, as a number; some firmware leaves out the zeros in front.</summary>
    public uint? Number(int index) => Text(index) is { Length: > 0 and <= HexDigits } text
        && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A parameter that is a whole number, 0 or more; null where it is missing or something else.</summary>
    public int? Whole(int index) => index < Count && Parameters[index].ValueKind == JsonValueKind.Number
        && Parameters[index].TryGetInt32(out var number) && number >= 0 ? number : null;

    /// <summary>A difficulty as it may come: a number, a text, either in a list. Null where it is none above nought.</summary>
    public double? Difficulty()
    {
        var value = Parameters;
        for (var depth = 0; depth < DeepestJson && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0; depth++)
        {
            value = value[0];
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => ReadDifficulty(value.GetRawText()),
            JsonValueKind.String => ReadDifficulty(value.AsText()),
            _ => null,
        };
    }

    /// <summary>A difficulty in decimal digits; null where it is none above nought.</summary>
    public static double? ReadDifficulty(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0
        && double.IsFinite(value) ? value : null;

    // A number or a text stands in the answer as it came; what else there may be names nothing.
    private static string? IdOf(JsonElement root) => !root.TryFind("id", out var id) ? "null"
        : id.ValueKind is not (JsonValueKind.Number or JsonValueKind.String or JsonValueKind.Null) ? null
        : RawOf(id) is { Length: <= LongestId } text ? text : null;

    // JSON's reader lets bytes pass inside of texts that are no UTF-8: no answer can repeat them.
    private static string? RawOf(JsonElement value)
    {
        try
        {
            return value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonElement? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line, Reading);
            var root = JsonElement.ParseValue(ref reader);
            return reader.Read() ? null : root;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
