using System.Diagnostics;
using System.Globalization;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Victim;

/// <summary>What a number of kills came to.</summary>
/// <param name="Kills">Processes killed.</param>
/// <param name="Acknowledged">Blocks and shares that they had said were stored.</param>
/// <param name="Opened">Times that both chains opened again.</param>
/// <param name="Validated">Times that the whole was validated anew from genesis, with the same state.</param>
/// <param name="Faults">What was wrong, in words; none where all is well.</param>
public sealed record KillReport(int Kills, long Acknowledged, int Opened, int Validated, IReadOnlyList<string> Faults);

/// <summary>
/// Kills a process that mines both chains, at some moment, again and again: what it had acknowledged must be there, nothing may
/// need repair, and the state must be the one that validating every block from genesis gives.
/// </summary>
/// <param name="kind">"file" or "postgres".</param>
/// <param name="seed">Of the moments.</param>
public sealed class KillLoop(string kind, int seed)
{
    private const int LongestMilliseconds = 300;
    private const int MostLines = 60;

    // The chain grows by some twenty blocks a round; it is validated from genesis so often.
    private const int ValidateEvery = 10;

    private readonly Random _random = new(seed);
    private readonly List<string> _faults = [];
    private long _acknowledged;
    private int _opened;
    private int _validated;

    /// <summary>Runs.</summary>
    /// <param name="rounds">How many kills.</param>
    /// <param name="placeOf">The place of a round: the same for some in a row, then a new one.</param>
    /// <param name="told">Hears of each round; may be null.</param>
    public async Task<KillReport> RunAsync(int rounds, Func<int, Task<string>> placeOf, Action<int, KillReport>? told = null)
    {
        for (var round = 1; round <= rounds && _faults.Count == 0; round++)
        {
            var place = await placeOf(round).ConfigureAwait(false);
            var said = await KillOneAsync(place).ConfigureAwait(false);
            try
            {
                await CheckAsync(place, said, round % ValidateEvery == 0 || round == rounds).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or InvalidOperationException or FormatException
                or InvalidDataException or System.Data.Common.DbException)
            {
                _faults.Add($"round {round}: does not open: {error}");
            }

            told?.Invoke(round, Report(round));
        }

        return Report(rounds);
    }

    private KillReport Report(int kills) => new(kills, _acknowledged, _opened, _validated, [.. _faults]);

    // Returns the last tip that each chain said was stored.
    private async Task<Dictionary<string, (int Height, Hash256 Id)>> KillOneAsync(string place)
    {
        var said = new Dictionary<string, (int, Hash256)>();
        var dll = typeof(KillLoop).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll, kind, place])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = _random.Next(1, MostLines);
        for (var i = 0; i < lines; i++)
        {
            if (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is not { } line)
            {
                _faults.Add("The process ended by itself: " + await errors.ConfigureAwait(false));
                return said;
            }

            Note(line);
        }

        // Some moment after a line, in the middle of whatever comes next. SIGKILL: no handler runs, nothing is flushed.
        await Task.Delay(_random.Next(LongestMilliseconds)).ConfigureAwait(false);
        process.Kill();
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } rest)
        {
            Note(rest);
        }

        await process.WaitForExitAsync().ConfigureAwait(false);
        return said;

        void Note(string line)
        {
            // The last line may be cut short.
            if (line.Split(' ') is [var name, var height, { Length: 64 } id])
            {
                said[name] = (int.Parse(height, CultureInfo.InvariantCulture), Hash256.Parse(id));
                _acknowledged++;
            }
        }
    }

    private async Task CheckAsync(string place, Dictionary<string, (int Height, Hash256 Id)> said, bool whole)
    {
        await using var chains = await Victim.OpenAsync(kind, place).ConfigureAwait(false);
        _opened++;
        await HoldsAsync(chains.Main, "main").ConfigureAwait(false);
        await HoldsAsync(chains.Shares, "share").ConfigureAwait(false);
        if (whole)
        {
            await ValidateAsync(chains).ConfigureAwait(false);
            _validated++;
        }

        async Task HoldsAsync(IChain chain, string name)
        {
            if (said.TryGetValue(name, out var last)
                && (await chain.GetBlockAsync(last.Id).ConfigureAwait(false) is null
                    || (await chain.GetTipAsync().ConfigureAwait(false)).Height < last.Height))
            {
                _faults.Add($"{name}: block {last.Id} of height {last.Height} was acknowledged and is not there");
            }
        }
    }

    // The state is that of a node that validates every block of the best chain from genesis.
    private async Task ValidateAsync(Victim chains)
    {
        await using var main = new MainchainNode(
            MainParameters.Regtest, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
        for (var height = 1; await chains.Main.GetBlockIdAsync(height).ConfigureAwait(false) is { } id; height++)
        {
            var block = await chains.Main.GetFullBlockAsync(new BlockId(id)).ConfigureAwait(false);
            var result = await main.SubmitBlockAsync(block!).ConfigureAwait(false);
            Agree(result.Code == SubmitCode.Accepted, $"main {height}: {result.Detail}");
        }

        await using var shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), chains.Main,
            TimeProvider.System).ConfigureAwait(false);
        for (var height = 1; await chains.Shares.GetBlockIdAsync(height).ConfigureAwait(false) is { } id; height++)
        {
            var share = await chains.Shares.GetShareAsync(new ShareId(id)).ConfigureAwait(false);
            var result = await shares.SubmitShareAsync(share!).ConfigureAwait(false);
            Agree(result.IsSuccess, $"share {height}: {result.Detail}");
        }

        Agree(main.StateHash() == chains.Main.StateHash(), "the mainchain's coins are others than its blocks make");
        Agree(shares.StateHash() == chains.Shares.StateHash(), "the sharechain's coins are others than its blocks make");
    }

    private void Agree(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }
}
