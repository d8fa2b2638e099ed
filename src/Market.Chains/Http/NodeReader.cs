using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>
/// Asks a node, or the node of a market, about both chains, for whoever only looks: nothing is followed or kept. What it answers
/// is checked by the callers as far as ids go, and else believed. Throws <see cref="ChainUnavailableException"/> where no node
/// answers, or one that does not speak so.
/// </summary>
public sealed class NodeReader : IDisposable
{
    private readonly HttpClient _http;
    private readonly NodeClient _main;
    private readonly NodeClient _shares;

    /// <summary>A reader of one node.</summary>
    /// <param name="node">Its address, or a market's.</param>
    /// <param name="clock">Bounds how long a question may take.</param>
    /// <param name="row">The sharechain's name; null asks for the only one.</param>
    public NodeReader(Uri node, TimeProvider clock, string? row = null)
    {
        _http = new HttpClient { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };
        var options = new FollowerOptions();
        _main = new NodeClient(_http, ChainKind.Mainchain, options, clock);
        _shares = new NodeClient(_http, ChainKind.Sharechain, options, clock, row);
    }

    /// <summary>A chain's best block.</summary>
    public ValueTask<TipPayload> GetTipAsync(ChainKind chain, CancellationToken cancellation = default) =>
        Of(chain).TipAsync(cancellation);

    /// <summary>A block's bytes; null where the node has none of that name.</summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="name">Its id, or its height on the best chain.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public ValueTask<byte[]?> FindBlockAsync(ChainKind chain, string name, CancellationToken cancellation = default) =>
        Of(chain).FindBlockAsync(name, cancellation);

    /// <summary>A transaction of the best chain or the mempool; null where the node has none.</summary>
    public ValueTask<TransactionPayload?> FindTransactionAsync(
        ChainKind chain, TxId id, CancellationToken cancellation = default) => Of(chain).FindTransactionAsync(id, cancellation);

    /// <summary>Whom the next share pays.</summary>
    public ValueTask<PayoutPayload> GetPayoutAsync(CancellationToken cancellation = default) =>
        _shares.ReadAsync<PayoutPayload>("payout", cancellation);

    /// <summary>Who takes part in the next payout.</summary>
    /// <param name="limit">How many by name at most, 1 to <see cref="ShareHolders.Most"/>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public ValueTask<HoldersPayload> GetHoldersAsync(int limit, CancellationToken cancellation = default) =>
        _shares.ReadAsync<HoldersPayload>(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"holders?limit={limit}"), cancellation);

    /// <summary>Markets that authorities announced.</summary>
    public ValueTask<DirectoryPayload> GetDirectoryAsync(CancellationToken cancellation = default) =>
        _shares.ReadAsync<DirectoryPayload>("directory", cancellation);

    /// <summary>Figures of the sharechain.</summary>
    public ValueTask<FiguresPayload> GetFiguresAsync(CancellationToken cancellation = default) =>
        _shares.ReadAsync<FiguresPayload>("figures", cancellation);

    /// <summary>Asks the node to carry late work in the sharebases of its templates.</summary>
    /// <exception cref="ChainUnavailableException">It does not answer, or its row's sharebases carry none.</exception>
    public ValueTask<LateStandingPayload> CarryLateAsync(LateRegistration late, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(late);
        return _shares.CarryLateAsync(late.ToArray(), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private NodeClient Of(ChainKind chain) => chain == ChainKind.Mainchain ? _main : _shares;
}
