using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>
/// A sharechain followed over a server's node interface and validated here, share by share. Templates are built here
/// from what was validated; transactions and shares are offered to the server.
/// </summary>
public sealed class RemoteSharechain : ShareNode, IFollowed
{
    private const int MainTries = 100;
    private static readonly TimeSpan MainPause = TimeSpan.FromMilliseconds(50);

    private readonly Follower _follower;

    private RemoteSharechain(
        HttpClient http, ShareCore core, IMainchain main, MainView view, TimeProvider clock, FollowerOptions options)
        : base(core, main, view, clock, new MempoolLimits())
    {
        _follower = new Follower(this, http, ChainKind.Sharechain, options, clock);
    }

    /// <summary>How it stands with its server.</summary>
    public FollowerStatus Status => _follower.Status;

    /// <summary>Opens the chain from its own store and begins to follow.</summary>
    /// <param name="http">Knows the server's address; not disposed.</param>
    /// <param name="profile">Which chain: decided here, never by the server.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with it.</param>
    /// <param name="main">The mainchain, validated here as well; not disposed.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How it keeps up.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<RemoteSharechain> OpenAsync(
        HttpClient http, SharechainProfile profile, IScriptRules scripts, IBlockStore store, IMainchain main,
        TimeProvider clock, FollowerOptions? options = null, CancellationToken cancellation = default)
    {
        var chain = await Task.Run(
            () =>
            {
                var view = new MainView(main);
                return new RemoteSharechain(
                    http, new ShareCore(profile, scripts, store, view), main, view, clock,
                    options ?? new FollowerOptions());
            },
            cancellation).ConfigureAwait(false);
        chain._follower.Start();
        return chain;
    }

    /// <summary>Returns when it has the server's tip.</summary>
    public Task WaitLiveAsync(CancellationToken cancellation = default) => _follower.WaitLiveAsync(cancellation);

    /// <inheritdoc/>
    public override ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        _follower.BroadcastAsync(transaction, cancellation);

    /// <inheritdoc/>
    public override async ValueTask<ShareResult> SubmitShareAsync(
        ShareBlock share, CancellationToken cancellation = default)
    {
        // The server first: a share known here alone, because the way to the server broke, would lead work astray.
        var answer = await _follower.Client.SubmitAsync(share.ToArray(), cancellation).ConfigureAwait(false);
        if (answer.Code == SubmitCode.Refused)
        {
            return new ShareResult(share.Id, answer.Code, RefusalOf(answer.Refusal), answer.Detail);
        }

        var own = await base.SubmitShareAsync(share, cancellation).ConfigureAwait(false);
        return own.Code == SubmitCode.Refused ? own : own with { Code = answer.Code, Detail = answer.Detail };
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _follower.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static ShareRefusal RefusalOf(string? code) =>
        Array.Find(Enum.GetValues<ShareRefusal>(), refusal => refusal.Code() == code);

    IReadOnlyList<Hash256> IFollowed.Locator() => BuildLocator();

    bool IFollowed.Knows(Hash256 id) => Read(core => core.Locate(id) is not null);

    (Hash256 Id, Hash256 Parent)? IFollowed.CheckHeader(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var header = ShareHeader.Read(ref reader);
        var proof = WorkProof.Read(ref reader);
        reader.ExpectEnd();
        return !reader.Failed && header is not null && proof is not null
            && ShareChecks.CheckWork(header, proof, Profile) == ShareRefusal.None
            ? (header.Id.Value, header.Parent.Value)
            : null;
    }

    // A share may be heard of before the mainchain block that it builds on: that is fetched, or waited for a while.
    async ValueTask<SubmitResult> IFollowed.TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (!ShareBlock.TryParse(bytes, out var share, out var error))
        {
            return new SubmitResult(default, SubmitCode.Refused, $"the bytes are no share: {error}");
        }

        var result = await base.SubmitShareAsync(share, cancellation).ConfigureAwait(false);
        for (var tries = MainTries; tries > 0 && result.Refusal == ShareRefusal.MainPreviousUnknown; tries--)
        {
            if (Main is not RemoteMainchain remote
                || !await remote.FetchAsync(share.Proof.MainHeader.Previous, cancellation).ConfigureAwait(false))
            {
                await Task.Delay(MainPause, cancellation).ConfigureAwait(false);
            }

            result = await base.SubmitShareAsync(share, cancellation).ConfigureAwait(false);
        }

        return new SubmitResult(share.Id.Value, result.Code, result.Detail);
    }

    void IFollowed.TakeTransaction(Transaction transaction) => AddToMempool(transaction);
}
