using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>The row of rules that is measured, and how its shares are mined.</summary>
internal static class BenchRules
{
    private const int Chunk = 256;
    private const uint EasiestBits = 0x207fffff;

    /// <summary>Devnet's rules at a target that two hashes meet; a share every <c>TargetSpacing</c> keeps it there.</summary>
    public static SharechainProfile Profile { get; } = SharechainProfiles.P2ShareDevnet with
    {
        Name = "bench",
        EasiestBits = new CompactTarget(EasiestBits),
        ReanchorAfter = null,
        Genesis = SharechainProfiles.P2ShareDevnet.Genesis with { Bits = new CompactTarget(EasiestBits) },
    };

    /// <summary>The script rules as nodes run them: all cores, and a memory for signatures.</summary>
    public static InterpreterRules AsShipped() => new(
        cache: new SignatureCache(RandomNumberGenerator.GetBytes(Hash256.Length)), maxThreads: Environment.ProcessorCount);

    /// <summary>Finds the nonce that makes a template a share.</summary>
    public static ShareBlock Mine(ShareTemplate template)
    {
        if (!template.ShareTarget.TryExpand(out var target))
        {
            throw new InvalidOperationException("The template has no target.");
        }

        Span<byte> header = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        template.MainHeader.CopyTo(header);
        target.WriteLittleEndian(limit);
        for (uint nonce = 0; NonceScanner.Scan(header, nonce, Chunk, limit, found).Found == 0;)
        {
            nonce += Chunk;
        }

        return template.ToShare(template.MainHeader with { Nonce = found[0] });
    }
}

/// <summary>A clock set by hand.</summary>
internal sealed class HandClock : TimeProvider
{
    /// <summary>Unix seconds.</summary>
    public long Seconds { get; set; } = BenchRules.Profile.Genesis.Time;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Seconds);
}
