using System.Text.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Keys;

namespace Market.Client.Wallets;

/// <summary>
/// What a wallet remembers besides its seed: how many addresses it gave out, and which coins are promised to what. Losing it loses no
/// coin: addresses are found again by looking ahead. Not secret. Written whole at each change.
/// </summary>
public sealed class WalletFile
{
    private const int MaxOwn = 500;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string? _path;
    private readonly Lock _lock = new();
    private readonly State _state;

    private WalletFile(string? path, State state) => (_path, _state) = (path, state);

    /// <summary>Opens the file, or begins one.</summary>
    /// <param name="path">Where; null keeps all in memory only.</param>
    /// <exception cref="InvalidDataException">The file is there and cannot be read.</exception>
    public static WalletFile Open(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return new WalletFile(path, new State([], [], []));
        }

        try
        {
            return new WalletFile(path, JsonSerializer.Deserialize<State>(File.ReadAllBytes(path), Json)!);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path} cannot be read. Move it away: the wallet finds its coins again without it.", e);
        }
    }

    /// <summary>Addresses given out so far.</summary>
    public uint Given(ChainKind chain, bool change)
    {
        lock (_lock)
        {
            return _state.Given.GetValueOrDefault(Name(chain, change));
        }
    }

    /// <summary>Notes that addresses up to this number are in use.</summary>
    public void Give(ChainKind chain, bool change, uint count)
    {
        lock (_lock)
        {
            if (_state.Given.GetValueOrDefault(Name(chain, change)) < count)
            {
                _state.Given[Name(chain, change)] = count;
                Save();
            }
        }
    }

    /// <summary>Notes a transaction of this wallet's own making: its change may be spent before it confirms.</summary>
    public void NoteOwn(TxId transaction)
    {
        lock (_lock)
        {
            _state.Own.Add(transaction.ToString());
            if (_state.Own.Count > MaxOwn)
            {
                _state.Own.RemoveRange(0, _state.Own.Count - MaxOwn);
            }

            Save();
        }
    }

    /// <summary>True for one of the newest transactions of this wallet's own making.</summary>
    public bool IsOwn(TxId transaction)
    {
        lock (_lock)
        {
            return _state.Own.Contains(transaction.ToString());
        }
    }

    /// <summary>What a coin is promised to; null where it is free.</summary>
    public string? ReservedFor(ChainKind chain, OutPoint coin)
    {
        lock (_lock)
        {
            return _state.Reserved.GetValueOrDefault(Name(chain, coin));
        }
    }

    /// <summary>Promises coins to something, such as an order; all of them or, where one is promised elsewhere, none.</summary>
    public bool TryReserve(ChainKind chain, IReadOnlyCollection<OutPoint> coins, string purpose)
    {
        lock (_lock)
        {
            if (coins.Any(coin => _state.Reserved.GetValueOrDefault(Name(chain, coin), purpose) != purpose))
            {
                return false;
            }

            foreach (var coin in coins)
            {
                _state.Reserved[Name(chain, coin)] = purpose;
            }

            Save();
            return true;
        }
    }

    /// <summary>Frees every coin promised to something.</summary>
    public void Release(string purpose)
    {
        lock (_lock)
        {
            var coins = _state.Reserved.Where(pair => pair.Value == purpose).Select(pair => pair.Key).ToList();
            foreach (var coin in coins)
            {
                _state.Reserved.Remove(coin);
            }

            if (coins.Count > 0)
            {
                Save();
            }
        }
    }

    /// <summary>Everything that coins are promised to.</summary>
    public IReadOnlyCollection<string> Purposes()
    {
        lock (_lock)
        {
            return [.. _state.Reserved.Values.Distinct()];
        }
    }

    private static string Name(ChainKind chain, bool change) => $"{chain}/{(change ? "change" : "receive")}";

    private static string Name(ChainKind chain, OutPoint coin) => $"{chain}/{coin}";

    private void Save()
    {
        if (_path is not null)
        {
            SeedFile.WriteWhole(_path, JsonSerializer.SerializeToUtf8Bytes(_state, Json));
        }
    }

    private sealed record State(
        Dictionary<string, uint> Given, Dictionary<string, string> Reserved, List<string> Own);
}
