using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Hashing;

namespace Market.Testing.Chains;

/// <summary>A job as mining.notify gave it, text for text.</summary>
public sealed record WireJob(
    string Id, string Previous, string Coinbase1, string Coinbase2, string[] Branch, string Version, string Bits, string Time,
    bool Clean);

/// <summary>
/// The miner's end of Stratum: reads lines, and puts headers together from their texts alone, as firmware does. It uses nothing of
/// the server's.
/// </summary>
public sealed class StratumWire
{
    public byte[] ExtraNonce1 { get; private set; } = [];

    public int ExtraNonce2Size { get; private set; }

    public double Difficulty { get; private set; }

    public uint Mask { get; private set; }

    public List<WireJob> Jobs { get; } = [];

    public WireJob Job => Jobs[^1];

    /// <summary>Methods of what the server said by itself, in order.</summary>
    public List<string> Said { get; } = [];

    public List<string> Messages { get; } = [];

    /// <summary>Takes a line from the server; an answer's id and whole.</summary>
    public (string? Id, JsonElement Answer) Hear(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement.Clone();
        if (!root.TryGetProperty("method", out var method))
        {
            Learn(root);
            return (root.GetProperty("id").ToString(), root);
        }

        Said.Add(method.GetString()!);
        var parameters = root.GetProperty("params");
        switch (method.GetString())
        {
            case "mining.set_difficulty":
                Difficulty = parameters[0].GetDouble();
                break;
            case "mining.set_version_mask":
                Mask = uint.Parse(parameters[0].GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                break;
            case "mining.notify":
                Jobs.Add(new WireJob(
                    parameters[0].GetString()!, parameters[1].GetString()!, parameters[2].GetString()!, parameters[3].GetString()!,
                    [.. parameters[4].EnumerateArray().Select(each => each.GetString()!)], parameters[5].GetString()!,
                    parameters[6].GetString()!, parameters[7].GetString()!, parameters[8].GetBoolean()));
                break;
            case "client.show_message":
                Messages.Add(parameters[0].GetString()!);
                break;
            default:
                break;
        }

        return (null, root);
    }

    /// <summary>The 80 bytes of a header with nonce 0.</summary>
    public byte[] Header(WireJob job, string extraNonce2, uint? time = null, uint rolled = 0)
    {
        byte[] coinbase =
        [
            .. Convert.FromHexString(job.Coinbase1), .. ExtraNonce1, .. Convert.FromHexString(extraNonce2),
            .. Convert.FromHexString(job.Coinbase2),
        ];
        var root = Twice(coinbase);
        foreach (var neighbour in job.Branch)
        {
            root = Twice([.. root, .. Convert.FromHexString(neighbour)]);
        }

        var header = new byte[80];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (Number(job.Version) & ~Mask) | rolled);
        var previous = Convert.FromHexString(job.Previous);
        for (var at = 0; at < 32; at += 4)
        {
            previous.AsSpan(at, 4).Reverse();
        }

        previous.CopyTo(header, 4);
        root.CopyTo(header, 36);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(68), time ?? Number(job.Time));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(72), Number(job.Bits));
        return header;
    }

    /// <summary>A nonce whose hash has at least a difficulty; null where there is none from the first on.</summary>
    public static uint? Solve(byte[] header, double difficulty, uint first = 0)
    {
        // 0x1d00ffff over the difficulty, from the top 16 bytes down, as firmware does it in doubles.
        var limit = new byte[32];
        var left = 65_535.0 / 65_536 / difficulty * Math.Pow(2, 224);
        for (var at = 31; at >= 0; at--)
        {
            var unit = Math.Pow(2, 8 * at);
            var digit = Math.Min(255, Math.Floor(left / unit));
            limit[at] = (byte)digit;
            left -= digit * unit;
        }

        Span<uint> found = stackalloc uint[1];
        return NonceScanner.Scan(header, first, (1L << 32) - first, limit, found).Found == 1 ? found[0] : null;
    }

    /// <summary>The parameters of mining.submit for the first result of the newest job, or of another.</summary>
    public string[] Mine(string worker, string extraNonce2 = "00000000", WireJob? job = null, double? difficulty = null)
    {
        var on = job ?? Job;
        var nonce = Solve(Header(on, extraNonce2), difficulty ?? Difficulty)
            ?? throw new InvalidOperationException("No nonce of this header is enough.");
        return [worker, on.Id, extraNonce2, on.Time, nonce.ToString("x8", CultureInfo.InvariantCulture)];
    }

    private static byte[] Twice(byte[] data)
    {
        var hash = new byte[32];
        Hash256.DoubleSha256(data).CopyTo(hash);
        return hash;
    }

    private static uint Number(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // What answers of mining.subscribe and mining.configure tell.
    private void Learn(JsonElement root)
    {
        if (!root.TryGetProperty("result", out var result))
        {
            return;
        }

        if (result.ValueKind == JsonValueKind.Array && result.GetArrayLength() == 3)
        {
            ExtraNonce1 = Convert.FromHexString(result[1].GetString()!);
            ExtraNonce2Size = result[2].GetInt32();
        }
        else if (result.ValueKind == JsonValueKind.Object && result.TryGetProperty("version-rolling.mask", out var mask))
        {
            Mask = uint.Parse(mask.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
