using System.Text;
using System.Text.Json;

namespace Market.Chains.Stratum;

/// <summary>The lines that the server says, each with its end.</summary>
internal static class StratumText
{
    /// <summary>An answer.</summary>
    /// <param name="id">The request's id as it came.</param>
    /// <param name="result">JSON.</param>
    public static byte[] Result(string id, string result) =>
        Line($$"""{"id":{{id}},"result":{{result}},"error":null}""");

    /// <summary>A refusal: code, words, and a third part that nothing reads and cgminer wants.</summary>
    public static byte[] Error(string id, StratumReject reject) =>
        Line($$"""{"id":{{id}},"result":null,"error":[{{reject.Code()}},"{{reject.Words()}}",null]}""");

    /// <summary>The difficulty of the jobs that follow.</summary>
    public static byte[] SetDifficulty(double difficulty) =>
        Line($$"""{"id":null,"method":"mining.set_difficulty","params":[{{StratumDifficulty.Text(difficulty)}}]}""");

    /// <summary>Words for whoever looks at the miner.</summary>
    public static byte[] ShowMessage(string words) =>
        Line($$"""{"id":null,"method":"client.show_message","params":["{{JsonEncodedText.Encode(words)}}"]}""");

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");
}
