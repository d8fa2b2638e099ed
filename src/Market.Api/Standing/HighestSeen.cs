using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Market.Api.Data;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Standing;

/// <summary>
/// Keeps how high each chain was seen over a restart: a node that was set back while the server was down takes nothing away either.
/// A chain that was begun anew has the same genesis, which its network names, and another block on it: it begins anew here, too.
/// </summary>
public sealed class HighestSeen(IDbContextFactory<MarketDb> database, StandingVerdicts verdicts) : IDisposable
{
    private const int NameBytes = 12;
    private const int First = 1;

    private readonly ConcurrentDictionary<string, (string Name, int Height)> _kept = new(StringComparer.Ordinal);

    // Two that write one row could write the lower height last.
    private readonly SemaphoreSlim _oneWrites = new(1, 1);

    /// <inheritdoc/>
    public void Dispose() => _oneWrites.Dispose();

    /// <summary>Reads what was kept of a chain, once it has a block; before anything of it is taken away.</summary>
    /// <exception cref="ChainUnavailableException">The chain does not say its first block.</exception>
    public async Task LoadAsync(IChain chain, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (_kept.ContainsKey(chain.Name)) return;
        if ((await chain.GetTipAsync(cancel)).Height < First) return;
        // A node that errs says nothing: what was kept is not known to be of another chain.
        if (await chain.GetBlockIdAsync(First, cancel) is not { } first)
            throw new ChainUnavailableException($"{chain.Name} does not say its first block.");
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{chain.Name}:{first}"));
        var name = SettingRow.HighestSeen + Hex.Encode(digest.AsSpan(0, NameBytes));
        await using var db = await database.CreateDbContextAsync(cancel);
        var row = await db.Settings.AsNoTracking().FirstOrDefaultAsync(setting => setting.Name == name, cancel);
        var height = row is null ? 0 : BinaryPrimitives.ReadInt32LittleEndian(row.Value);
        verdicts.Saw(chain, height);
        _kept[chain.Name] = (name, height);
    }

    /// <summary>Writes what has changed since it was kept.</summary>
    public async Task KeepAsync(CancellationToken cancel)
    {
        await _oneWrites.WaitAsync(cancel);
        try
        {
            await KeepAllAsync(cancel);
        }
        finally
        {
            _oneWrites.Release();
        }
    }

    private async Task KeepAllAsync(CancellationToken cancel)
    {
        foreach (var (chain, (name, height)) in _kept)
        {
            var now = verdicts.Highest.GetValueOrDefault(chain);
            if (now <= height) continue;
            await using var db = await database.CreateDbContextAsync(cancel);
            var value = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(value, now);
            if (await db.Settings.Where(setting => setting.Name == name)
                .ExecuteUpdateAsync(set => set.SetProperty(setting => setting.Value, value), cancel) == 0)
                await Database.EnsureAsync(db, name, value, cancel);
            _kept[chain] = (name, now);
        }
    }
}
