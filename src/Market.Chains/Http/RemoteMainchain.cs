using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Mainchain;
using Market.Chains.Storage;

namespace Market.Chains.Http;

/// <summary>
/// A mainchain followed over a server's node interface and validated here, block by block: the server is trusted for
/// being there, for nothing else. Transactions and blocks are offered to the server.
/// </summary>
public sealed class RemoteMainchain : MainchainNode, IFollowed
{
    private readonly Follower _follower;
    private Network _writing;

    private RemoteMainchain(
        HttpClient http, MainParameters parameters, IScriptRules scripts, IBlockStore store, TimeProvider clock,
        FollowerOptions options)
        : base(parameters, scripts, store, clock)
    {
        _writing = parameters.Network;
        _follower = new Follower(this, http, ChainKind.Mainchain, options, clock);
    }

    /// <inheritdoc/>
    public override Network Network => Volatile.Read(ref _writing);

    /// <summary>How it stands with its server.</summary>
    public FollowerStatus Status => _follower.Status;

    /// <summary>Opens the chain from its own store and begins to follow.</summary>
    /// <param name="http">Knows the server's address; not disposed.</param>
    /// <param name="parameters">Which chain: decided here, never by the server.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with it.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How it keeps up.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<RemoteMainchain> OpenAsync(
        HttpClient http, MainParameters parameters, IScriptRules scripts, IBlockStore store, TimeProvider clock,
        FollowerOptions? options = null, CancellationToken cancellation = default)
    {
        var chain = await Task.Run(
            () => new RemoteMainchain(http, parameters, scripts, store, clock, options ?? new FollowerOptions()),
            cancellation).ConfigureAwait(false);
        chain._follower.Start();
        return chain;
    }

    /// <summary>Returns when it has the server's tip.</summary>
    public Task WaitLiveAsync(CancellationToken cancellation = default) => _follower.WaitLiveAsync(cancellation);

    /// <inheritdoc/>
    public override async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default)
    {
        await _follower.HearUnconfirmedAsync(query, cancellation).ConfigureAwait(false);
        return await base.FindUnconfirmedAsync(query, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        _follower.BroadcastAsync(transaction, cancellation);

    /// <inheritdoc/>
    public override ValueTask<BroadcastResult> RelayAsync(
        Transaction transaction, CancellationToken cancellation = default) => BroadcastAsync(transaction, cancellation);

    /// <inheritdoc/>
    public override async ValueTask<SubmitResult> SubmitBlockAsync(
        Block block, CancellationToken cancellation = default)
    {
        // The server first: a block known here alone, because the way to the server broke, would lead work astray.
        var answer = await _follower.Client.SubmitAsync(block.ToArray(), cancellation).ConfigureAwait(false);
        if (answer.Code != SubmitCode.Refused)
        {
            await base.SubmitBlockAsync(block, cancellation).ConfigureAwait(false);
        }

        return new SubmitResult(block.Id.Value, answer.Code, answer.Detail);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _follower.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    private bool Knows(Hash256 id) => Read(core => core.Locate(id) is not null);

    // Only the known ways of writing this very chain's addresses are taken over.
    void IFollowed.HearPrefix(string? prefix) => Volatile.Write(
        ref _writing, Parameters.Network.Writings.FirstOrDefault(known => known.Bech32Hrp == prefix, Parameters.Network));

    IReadOnlyList<Hash256> IFollowed.Locator() => BuildLocator();

    bool IFollowed.Knows(Hash256 id) => Knows(id);

    (Hash256 Id, Hash256 Parent)? IFollowed.CheckHeader(ReadOnlyMemory<byte> bytes) =>
        BlockHeader.TryParse(bytes, out var header) && header.Bits == NextBits && header.MeetsOwnTarget
            ? (header.Id.Value, header.Previous.Value)
            : null;

    async ValueTask<SubmitResult> IFollowed.TakeAsync(
        ReadOnlyMemory<byte> bytes, Hash256 expected, CancellationToken cancellation)
    {
        if (!Block.TryParse(bytes, out var block, out var error))
        {
            return new SubmitResult(default, SubmitCode.Refused, $"the bytes are no block: {error}");
        }

        return block.Id.Value == expected
            ? await TakeAsync(block, true, cancellation).ConfigureAwait(false)
            : new SubmitResult(block.Id.Value, SubmitCode.Refused, "it is not the block that was asked for");
    }

    async ValueTask<BroadcastCode> IFollowed.TakeTransactionAsync(Transaction transaction, CancellationToken cancellation) =>
        (await AddToMempoolAsync(transaction, cancellation).ConfigureAwait(false)).Code;

    IScale? IFollowed.Weigh(Hash256 parent) =>
        Ask(core => core.Weigh(parent)) is { } scale ? new Scale(this, scale) : null;

    private sealed class Scale(RemoteMainchain chain, MainScale headers) : IScale
    {
        public Hash256 Tip => headers.Tip;

        public bool IsNear => chain.Ask(core => core.IsNear(headers.ChainWork));

        public ScaleResult Add(ReadOnlyMemory<byte> bytes) =>
            BlockHeader.TryParse(bytes, out var header) && headers.Add(header, chain.Now)
                ? ScaleResult.Added
                : ScaleResult.Refused;
    }
}
