using System.Globalization;
using System.Text;
using Market.Chains.Stratum;

namespace Market.Fuzzing;

/// <summary>What a miner, or whoever calls itself one, sends: lines to a session that is subscribed and authorized.</summary>
internal static class StratumTarget
{
    private const string Address = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2";
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly string[] Methods =
    [
        "mining.subscribe", "mining.authorize", "mining.configure", "mining.submit", "mining.suggest_difficulty",
        "mining.suggest_target", "mining.extranonce.subscribe", "mining.multi_version", "mining.ping", "mining.get_transactions",
        "mining.dance",
    ];

    private static readonly byte[][] Pieces =
    [
        .. Methods.Select(method => Encoding.ASCII.GetBytes($"\"{method}\"")),
        .. new[]
        {
            "{", "}", "[", "]", "null", "\"", "\\u0000", "\\ud800", "1e999", "-1", "0.00015", "\"id\":", "\"method\":",
            "\"params\":",
            "\"version-rolling\"", "\"version-rolling.mask\":", "\"minimum-difficulty.value\":", "\"d=0.1\"", "ffffffff",
            "\"result\":", Address,
        }.Select(piece => Encoding.ASCII.GetBytes(piece)),
        [0x80], [0xc3], [0xff],
    ];

    public static FuzzTarget Line { get; } = FuzzTarget.Of(
        "stratum-line", "lines of Stratum, and what a session answers",
        new AllocationBound(64 * 1024, 256),
        (byte[] input, out StratumStep step, out int error) =>
        {
            var session = new StratumSession(
                new byte[4], StratumAddresses.Of(Network.Mainnet), new StratumRules { BadLines = 1 }, Start);
            session.Take(Encoding.ASCII.GetBytes("""{"id":1,"method":"mining.subscribe"}"""), Start);
            session.Take(Encoding.ASCII.GetBytes($$"""{"id":1,"method":"mining.authorize","params":["{{Address}}"]}"""), Start);
            step = session.Take(input, Start);
            error = 1;
            return step.Close is null;
        },
        (_, step) =>
        {
            // Whatever came, an answer is one line of JSON with an error of three parts or none.
            foreach (var line in step.Lines)
            {
                using var answer = System.Text.Json.JsonDocument.Parse(line);
                var failed = answer.RootElement.GetProperty("error");
                Promise.Holds(
                    failed.ValueKind == System.Text.Json.JsonValueKind.Null || failed.GetArrayLength() == 3,
                    "an error has three parts");
                Promise.Holds(line[^1] == '\n' && line.AsSpan()[..^1].IndexOf((byte)'\n') < 0, "an answer is one line");
            }

            return Shape.Of(step.Lines.Length, Shape.Size(step.Lines.Sum(line => line.Length)), (int?)step.Result?.Reject ?? -1);
        },
        values => TextTargets.Bytes(Fresh(values)),
        Pieces);

    private static string Fresh(RandomValues values)
    {
        var parameters = values.Below(5) switch
        {
            0 => $"[\"{Address}\",\"{values.Below(99):x}\",\"{values.UInt32():x8}\",\"65000000\",\"{values.UInt32():x8}\"]",
            1 => $$"""[["version-rolling"],{"version-rolling.mask":"{{values.UInt32():x8}}"}]""",
            2 => $"[{values.Below(1_000_000).ToString(CultureInfo.InvariantCulture)}.5]",
            3 => $"[\"{values.Hash()}\"]",
            _ => "[]",
        };

        return $$"""{"id":{{values.Below(99)}},"method":"{{values.OneOf(Methods)}}","params":{{parameters}}}""";
    }
}
