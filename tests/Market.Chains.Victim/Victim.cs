using System.Globalization;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Chains.Victim;

/// <summary>Both chains of one place, and a process that mines them as fast as it can until it is killed.</summary>
public sealed class Victim : IAsyncDisposable
{
    private const int Premined = 20;
    private const int RoundsOpen = 25;

    private Victim(EmbeddedMainchain main, ShareNode shares) => (Main, Shares) = (main, shares);

    /// <summary>The mainchain.</summary>
    public EmbeddedMainchain Main { get; }

    /// <summary>The sharechain on it.</summary>
    public ShareNode Shares { get; }

    /// <summary>Pays to anybody.</summary>
    public static Script Owner { get; } = new(new byte[] { 0x51 });

    /// <summary>Opens both chains.</summary>
    /// <param name="kind">"file" or "postgres".</param>
    /// <param name="place">A folder, or a connection string.</param>
    public static async Task<Victim> OpenAsync(string kind, string place)
    {
        IBlockStore Open(string name) => kind == "file"
            ? FileBlockStore.Open(Path.Combine(place, name))
            : PostgresBlockStore.Open(place, name);
        var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions
            {
                Parameters = MainParameters.Regtest,
                TreasuryScript = Owner,
                PremineBlocks = Premined,
                Mine = false,
            },
            InterpreterRules.Consensus, Open("mainchain"), TimeProvider.System).ConfigureAwait(false);
        var shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, Open("shares"), main, TimeProvider.System)
            .ConfigureAwait(false);
        return new Victim(main, shares);
    }

    /// <summary>
    /// Mines, reorganises now and then, says what was acknowledged, and closes and opens again every so many blocks, so that the
    /// kill meets snapshots as well.
    /// </summary>
    public static async Task MineForeverAsync(string kind, string place)
    {
        while (true)
        {
            await using var chains = await OpenAsync(kind, place).ConfigureAwait(false);
            for (var round = 1; round <= RoundsOpen; round++)
            {
                await chains.MineAsync(round).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Shares.DisposeAsync().ConfigureAwait(false);
        await Main.DisposeAsync().ConfigureAwait(false);
    }

    private async Task MineAsync(int round)
    {
        if (round % 5 == 0)
        {
            var height = (await Main.GetTipAsync().ConfigureAwait(false)).Height;
            await Main.MineForkAsync(height - (round % 4), (round % 4) + 1).ConfigureAwait(false);
        }
        else
        {
            await Main.MineAsync(1).ConfigureAwait(false);
        }

        await SayAsync("main", Main).ConfigureAwait(false);

        var template = await Shares.GetTemplateAsync(Owner).ConfigureAwait(false);
        if (Solve(template) is { } share
            && (await Shares.SubmitShareAsync(share).ConfigureAwait(false)).Code == SubmitCode.Accepted)
        {
            await SayAsync("share", Shares).ConfigureAwait(false);
        }
    }

    private static async Task SayAsync(string name, IChain chain)
    {
        var tip = await chain.GetTipAsync().ConfigureAwait(false);
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name} {tip.Height} {tip.Id}"))
            .ConfigureAwait(false);
        await Console.Out.FlushAsync().ConfigureAwait(false);
    }

    private static ShareBlock? Solve(ShareTemplate template)
    {
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        if (!template.ShareTarget.TryExpand(out var target))
        {
            return null;
        }

        target.WriteLittleEndian(limit);
        var scan = NonceScanner.Scan(template.MainHeader.ToArray(), 0, 1L << 26, limit, found);
        return scan.Found == 0 ? null : template.ToShare(template.MainHeader with { Nonce = found[0] });
    }
}
