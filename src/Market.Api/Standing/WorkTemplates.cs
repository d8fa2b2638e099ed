using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Stratum;
using Market.Contracts;
using Market.Sharechain;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>Real templates of the sharechains that tickets are made of: those of the two newest tips, a few of each. One is built
/// for the
/// longest script that a coinbase may pay and addressed to each solver by a few hashes.</summary>
public sealed class WorkTemplates(StandingChains chains, TimeProvider clock) : IDisposable
{
    /// <summary>Templates kept of a sharechain.</summary>
    public const int MostKept = 8;

    /// <summary>Bytes of the longest script that a coinbase may pay here: a witness program of 40.</summary>
    public const int LongestScript = 2 + WitnessProgram;

    private const int WitnessProgram = 40;
    private const int BeforeScript = 4 + 1 + 36 + 1;
    private const int ExtraNonceBytes = 8;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);
    private static readonly Script Longest = new(new byte[] { 0x60, WitnessProgram }.Concat(new byte[WitnessProgram]).ToArray());

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, List<Kept>> _kept = new(StringComparer.Ordinal);

    /// <summary>Whether a coinbase may pay a script.</summary>
    public static bool IsPayable(Script script) => PayoutAnnotation.IsPayable(script) && script.Length <= LongestScript;

    /// <summary>Whether a header differs from its template in what a miner may change only: nonce, time within bounds, version
    /// bits.
    /// </summary>
    public static bool IsWithin(ShareTemplate template, BlockHeader solved)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(solved);
        return (((uint)solved.Version ^ (uint)template.MainHeader.Version) & ~StratumWork.RollingMask) == 0
            && solved.Time >= template.MainHeader.Time
            && solved.Time <= template.Header.Time + (long)ShareChecks.MostMainSecondsAhead;
    }

    /// <summary>Work of a sharechain for whom a script pays.</summary>
    public async Task<WorkTask> GiveAsync(ISharechain chain, Script script, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var (name, whole) = await NewestAsync(chain, cancel);
        var template = whole.PaidTo(script);
        var writer = new ByteWriter(512);
        template.MainCoinbase.Write(writer, withWitness: false);
        var coinbase = writer.ToArray();
        var cut = BeforeScript + template.ExtraNoncePlace;
        return new WorkTask
        {
            Chain = chain.Name,
            Template = name,
            Script = script.ToString(),
            CoinbaseFront = Hex.Encode(coinbase.AsSpan(0, cut)),
            CoinbaseBack = Hex.Encode(coinbase.AsSpan(cut + ExtraNonceBytes)),
            Branch = [.. template.Branch.Select(hash => Hex.Encode(hash.ToArray()))],
            Header = Hex.Encode(template.MainHeader.ToArray()),
            ShareBits = template.ShareTarget.ToString(),
            MostParts = WorkTicket.MostParts,
            CreditsPerShare = WorkTicket.CreditsPerShare,
        };
    }

    /// <summary>The template of a name, where it is of its chain's two newest tips.</summary>
    public async Task<(ISharechain Chain, ShareTemplate Template)?> FindAsync(string name, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            foreach (var chain in chains.Shares)
            {
                if (_kept.GetValueOrDefault(chain.Name)?.Find(kept => kept.Name == name) is not { } found) continue;
                var parent = found.Template.Header.Parent.Value;
                var tip = await chain.GetTipAsync(cancel);
                return parent == tip.Id || parent == await chain.GetBlockIdAsync(tip.Height - 1, cancel)
                    ? (chain, found.Template)
                    : null;
            }
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<(string Name, ShareTemplate Template)> NewestAsync(ISharechain chain, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (!_kept.TryGetValue(chain.Name, out var kept)) _kept[chain.Name] = kept = [];
            var (tip, main, now) = (await chain.GetTipAsync(cancel), await chains.Main.GetTipAsync(cancel), clock.GetUtcNow());
            if (kept.Count > 0 && kept[^1] is var last && last.Template.Header.Parent.Value == tip.Id
                && last.Template.MainHeader.Previous.Value == main.Id && now - last.At < Fresh)
            {
                return (last.Name, last.Template);
            }
            var template = await chain.GetTemplateAsync(Longest, cancel);
            var made = new Kept(template.MainHeader.Id.ToString(), template, now);
            kept.Add(made);
            if (kept.Count > MostKept) kept.RemoveAt(0);
            return (made.Name, made.Template);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed record Kept(string Name, ShareTemplate Template, DateTimeOffset At);
}
