using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>The coins of the scripts that were asked for, as the blocks read so far show them. One thread at a time.</summary>
internal sealed class LightIndex
{
    /// <summary>Scripts looked for at most.</summary>
    public const int MostScripts = 20_000;

    private readonly HashSet<Script> _scripts = [];

    // Of these some blocks that were read before are still to be looked at.
    private readonly HashSet<Script> _unfinished = [];
    private readonly Dictionary<OutPoint, Entry> _coins = [];
    private readonly Dictionary<TxId, (Transaction Transaction, int Height)> _transactions = [];
    private HashSet<Script>? _all;

    /// <summary>
    /// Looks for a script from now on, which is not known before <see cref="Finish"/> says so. True where it was not looked for
    /// yet.
    /// </summary>
    /// <exception cref="ChainUnavailableException">Too many scripts.</exception>
    public bool Add(Script script)
    {
        if (_scripts.Count >= MostScripts && !_scripts.Contains(script))
        {
            throw new ChainUnavailableException($"A light client looks for at most {MostScripts} scripts.");
        }

        _all = null;
        return _scripts.Add(script) && _unfinished.Add(script);
    }

    /// <summary>Hears that all blocks read so far were looked at for a script.</summary>
    public void Finish(Script script) => _unfinished.Remove(script);

    /// <summary>Every script that is looked for, or whose coins are known.</summary>
    public HashSet<Script> Scripts => _all ??= [.. _scripts, .. _coins.Values.Select(coin => coin.Output.ScriptPubKey)];

    /// <summary>The scripts of the known coins that a block spends.</summary>
    public IReadOnlyList<Script> SpentBy(Block block) =>
    [
        .. block.Transactions.SelectMany(transaction => transaction.Inputs)
            .Select(input => _coins.GetValueOrDefault(input.PreviousOutput)).OfType<Entry>()
            .Select(coin => coin.Output.ScriptPubKey),
    ];

    public void Forget(Script script)
    {
        _all = null;
        _scripts.Remove(script);
        _unfinished.Remove(script);
    }

    /// <summary>True where a block may hold something of any script or coin.</summary>
    public bool MayHold(BlockDigest digest) => _scripts.Any(digest.MayPay) || _coins.Keys.Any(digest.MaySpend);

    /// <summary>True where what is said here of a script is all that the blocks read so far hold of it.</summary>
    public bool Knows(Script script) => _scripts.Contains(script) && !_unfinished.Contains(script);

    /// <summary>True where a block may hold something of a script or of its coins.</summary>
    public bool MayHold(BlockDigest digest, Script script) => digest.MayPay(script)
        || _coins.Any(coin => coin.Value.Output.ScriptPubKey == script && digest.MaySpend(coin.Key));

    /// <summary>Reads a block of the best chain; again does no harm.</summary>
    public void Apply(Block block, int height)
    {
        foreach (var transaction in block.Transactions)
        {
            var concerns = false;
            foreach (var input in transaction.Inputs)
            {
                if (_coins.TryGetValue(input.PreviousOutput, out var spent))
                {
                    _coins[input.PreviousOutput] = spent with { SpentAt = height };
                    concerns = true;
                }
            }

            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                var output = transaction.Outputs[i];
                if (_scripts.Contains(output.ScriptPubKey))
                {
                    _coins.TryAdd(
                        new OutPoint(transaction.Id, (uint)i), new Entry(output, height, transaction.IsCoinbase, null));
                    concerns = true;
                }
            }

            if (concerns)
            {
                _transactions[transaction.Id] = (transaction, height);
            }
        }
    }

    /// <summary>Takes back what blocks above a height did.</summary>
    public void Rewind(int height)
    {
        foreach (var (outPoint, coin) in _coins.ToList())
        {
            if (coin.Height > height)
            {
                _all = null;
                _coins.Remove(outPoint);
            }
            else if (coin.SpentAt > height)
            {
                _coins[outPoint] = coin with { SpentAt = null };
            }
        }

        foreach (var (id, _) in _transactions.Where(pair => pair.Value.Height > height).ToList())
        {
            _transactions.Remove(id);
        }
    }

    public (Transaction Transaction, int Height)? Find(TxId id) => _transactions.TryGetValue(id, out var found) ? found : null;

    /// <summary>A coin, spent or not; null where it is none of the scripts'.</summary>
    public (UnspentOutput Coin, bool IsSpent)? Find(OutPoint outPoint, int tip) =>
        _coins.TryGetValue(outPoint, out var coin) ? (Place(outPoint, coin, tip), coin.SpentAt is not null) : null;

    public ImmutableArray<UnspentOutput> Of(Script script, int tip) =>
    [
        .. _coins.Where(coin => coin.Value.SpentAt is null && coin.Value.Output.ScriptPubKey == script)
            .Select(coin => Place(coin.Key, coin.Value, tip)).OrderBy(coin => coin.Height),
    ];

    private static UnspentOutput Place(OutPoint outPoint, Entry coin, int tip) =>
        new(outPoint, coin.Output, coin.Height, coin.IsCoinbase, tip - coin.Height + 1);

    private sealed record Entry(TxOut Output, int Height, bool IsCoinbase, int? SpentAt);
}
