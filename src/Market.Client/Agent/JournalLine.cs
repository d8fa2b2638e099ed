using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// A line of a <see cref="SwapJournal"/>: a checksum of what follows (the first 8 hexadecimal digits of its SHA-256), a space, and
/// this as JSON.
/// </summary>
internal sealed record JournalLine
{
    private const int ChecksumLength = 9;

    /// <summary>The chains of the wallet whose journal it is; on the first line, and absent from older journals.</summary>
    public WalletChains? Of { get; init; }

    /// <summary>A swap's state; null on lines that are about the counter alone.</summary>
    public AgentSwap? Swap { get; init; }

    /// <summary>The number that the next swap's secrets derive from.</summary>
    public uint Next { get; init; }

    /// <summary>The number from which on a search found none; null on lines that are not about one.</summary>
    public uint? SearchedTo { get; init; }

    /// <summary>True where all swaps of the seed are known.</summary>
    public bool Complete { get; init; }

    /// <summary>The line with its checksum and its end.</summary>
    public byte[] Encode()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, SwapJson.Options);
        return [.. Checksum(json), (byte)' ', .. json, (byte)'\n'];
    }

    /// <summary>Reads a line without its end; null where it is damaged.</summary>
    public static JournalLine? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ChecksumLength || bytes[ChecksumLength - 1] != ' '
            || !bytes[..(ChecksumLength - 1)].SequenceEqual(Checksum(bytes[ChecksumLength..])))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<JournalLine>(bytes[ChecksumLength..], SwapJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Checksum(ReadOnlySpan<byte> json) =>
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, (ChecksumLength - 1) / 2)));
}
