namespace Market.Hashing;

/// <summary>What a scan over nonces works on. The pointers live as long as the call they are passed to.</summary>
internal unsafe readonly struct ScanJob(uint* midstates, int versions, uint* tail, uint targetTop)
{
    /// <summary>For each version 8 words: the state after the header's first 64 bytes.</summary>
    public uint* Midstates { get; } = midstates;

    /// <summary>How many versions.</summary>
    public int Versions { get; } = versions;

    /// <summary>The header's words 16, 17 and 18 as SHA-256 reads them.</summary>
    public uint* Tail { get; } = tail;

    /// <summary>The target's top 32 bits: a hash above them is no result.</summary>
    public uint TargetTop { get; } = targetTop;
}
