namespace Market.Bitcoin.Wallet;

/// <summary>What an input's map holds that may satisfy a script: signatures, keys, preimages, and the locks.</summary>
internal sealed class SpendingAssets(PsbtMap map, InputLocks locks)
{
    private readonly Dictionary<Hash160, ReadOnlyMemory<byte>> _signatures = [];
    private readonly Dictionary<Hash160, ReadOnlyMemory<byte>> _keys = [];
    private bool _isRead;

    /// <summary>The assets for a script before taproot, or for one leaf.</summary>
    public MiniscriptAssets Of(Hash256? leaf) => new()
    {
        Signature = key => leaf is { } hash
            ? map.Find(PsbtInputType.TapScriptSignature, [.. key.Bytes.Span, .. hash.ToArray()])
            : Known(_signatures, key.Hash),
        KeyOf = hash => Known(_keys, hash),
        Preimage = (fragment, hash) => map.Find(PreimageType(fragment), hash.Span),
        After = lockTime => locks.CheckLockTime(lockTime),
        Older = sequence => locks.CheckSequence(sequence),
    };

    // Keys are hashed once: a map may hold thousands of them, and a script ask for each of its own.
    private ReadOnlyMemory<byte>? Known(Dictionary<Hash160, ReadOnlyMemory<byte>> byHash, Hash160 hash)
    {
        if (!_isRead)
        {
            _isRead = true;
            foreach (var field in map.Of(PsbtInputType.PartialSignature))
            {
                var own = Hash160.Of(field.KeyData.Span);
                _signatures.TryAdd(own, field.Value);
                _keys.TryAdd(own, field.KeyData);
            }

            foreach (var field in map.Of(PsbtInputType.Origin))
            {
                _keys.TryAdd(Hash160.Of(field.KeyData.Span), field.KeyData);
            }
        }

        return byHash.TryGetValue(hash, out var found) ? found : default(ReadOnlyMemory<byte>?);
    }

    private static ulong PreimageType(MiniscriptFragment fragment) => fragment switch
    {
        MiniscriptFragment.Ripemd160 => PsbtInputType.Ripemd160Preimage,
        MiniscriptFragment.Hash160 => PsbtInputType.Hash160Preimage,
        MiniscriptFragment.Hash256 => PsbtInputType.Hash256Preimage,
        _ => PsbtInputType.Sha256Preimage,
    };
}
