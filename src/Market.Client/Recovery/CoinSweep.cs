using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;

namespace Market.Client.Recovery;

/// <summary>
/// Moves the coins that a wallet had when it was restored to fresh addresses of its own: a lock that was handed out before, is
/// on no chain and is known to nobody here spends one of them, and can then be in no block any more (law 1). Raised and
/// broadcast again until that is buried.
/// </summary>
/// <param name="wallet">The coins.</param>
/// <param name="chain">On which chain.</param>
/// <param name="buried">Confirmations at which it counts as final.</param>
internal sealed class CoinSweep(Wallet wallet, ChainKind chain, int buried)
{
    private const int BlocksBetweenRaises = 3;
    private const int TargetBlocks = 2;

    private ImmutableArray<OutPoint>? _coins;
    private WalletTransaction? _sweep;
    private int _madeAt;
    private int _spentAt = int.MaxValue;

    /// <summary>What the sweeps of this process paid to miners, at most.</summary>
    public Amount Fees { get; private set; }

    /// <summary>Why the coins are not moved yet, for people; null where nothing is in the way.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Looks once, and does what is owed.</summary>
    /// <returns>True once every coin of then is spent, and that is buried.</returns>
    /// <exception cref="ChainUnavailableException">The chain does not answer.</exception>
    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var source = wallet.On(chain);
        var height = (await source.GetTipAsync(cancellation).ConfigureAwait(false)).Height;
        _coins ??= await CoinsAsync(cancellation).ConfigureAwait(false);
        var left = new HashSet<OutPoint>();
        foreach (var coin in _coins.Value)
        {
            if (await source.FindUnspentAsync(coin, withMempool: false, cancellation).ConfigureAwait(false) is not null)
            {
                left.Add(coin);
            }
        }

        if (left.Count > 0)
        {
            _spentAt = int.MaxValue;
            await MoveAsync(source, left, height, cancellation).ConfigureAwait(false);
            return false;
        }

        _spentAt = Math.Min(_spentAt, height);
        return _coins.Value.IsEmpty || height - _spentAt + 1 >= buried;
    }

    // What is in no block, or not ripe, no lock of this wallet can have spent.
    private async Task<ImmutableArray<OutPoint>> CoinsAsync(CancellationToken cancellation) =>
    [
        .. (await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false))
            .Where(coin => coin.IsSpendable && coin.Coin.Confirmations > 0).Select(coin => coin.OutPoint),
    ];

    private async Task MoveAsync(IChain source, HashSet<OutPoint> left, int height, CancellationToken cancellation)
    {
        if (_sweep is not null && !_sweep.Coins.Any(coin => left.Contains(coin.OutPoint)))
        {
            _sweep = null;
        }

        var rate = await source.EstimateFeeAsync(TargetBlocks, cancellation).ConfigureAwait(false);
        var made = _sweep is null
            ? await wallet.SweepAsync(chain, rate, coin => left.Contains(coin.OutPoint), cancellation).ConfigureAwait(false)
            : height - _madeAt >= BlocksBetweenRaises
                ? new WalletReplacer(wallet).TakeBack(
                    chain, _sweep, _sweep.Fee, _sweep.Transaction.Outputs[0].ScriptPubKey, rate) ?? _sweep
                : _sweep;
        if (made is null)
        {
            // Coins that are not worth their fee are not worth a lock either.
            _coins = [];
            return;
        }

        if (made != _sweep)
        {
            (Fees, _sweep, _madeAt) = (Fees + made.Fee, made, height);
        }

        var result = await source.BroadcastAsync(made.Transaction, cancellation).ConfigureAwait(false);
        Trouble = result.IsSuccess ? null : $"The coins cannot be moved yet: {result.Code} {result.Detail}";
    }
}
