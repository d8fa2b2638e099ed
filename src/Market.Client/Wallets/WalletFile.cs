using System.Text.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Files;

namespace Market.Client.Wallets;

/// <summary>
/// What a wallet remembers besides its seed: how many addresses it gave out, and which coins are promised to what.
/// Losing it loses no coin: addresses are found again by looking ahead. Not secret. Written whole at each change.
/// </summary>
public sealed class WalletFile
{
    private const int MaxOwn = 500;
    private const int LockMilliseconds = 5000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string? _path;
    private readonly WalletChains _of;
    private readonly Lock _lock = new();
    private State _state;
    private DateTime _read;

    private WalletFile(string? path, WalletChains of) => (_path, _of, _state) = (path, of, new State(of, [], [], []));

    /// <summary>Opens the file, or begins one. Several processes may have it open: each sees and keeps what the others
    /// write.</summary>
    /// <param name="path">Where; null keeps all in memory only.</param>
    /// <param name="of">The wallet's chains.</param>
    /// <exception cref="InvalidDataException">The file is there and cannot be read.</exception>
    /// <exception cref="ForeignFileException">It is of a wallet of other chains.</exception>
    public static WalletFile Open(string? path, WalletChains of)
    {
        var file = new WalletFile(path, of);
        file.Look(_ => 0);
        return file;
    }

    /// <summary>Addresses given out so far.</summary>
    public uint Given(ChainKind chain, bool change) =>
        Look(state => state.Given.GetValueOrDefault(Name(chain, change)));

    /// <summary>Notes that addresses up to this number are in use.</summary>
    public void Give(ChainKind chain, bool change, uint count)
    {
        if (Given(chain, change) < count)
        {
            Change(state =>
            {
                state.Given[Name(chain, change)] = Math.Max(count, state.Given.GetValueOrDefault(Name(chain, change)));
                return true;
            });
        }
    }

    /// <summary>Notes a transaction of this wallet's own making: its change may be spent before it confirms.</summary>
    public void NoteOwn(TxId transaction) => Change(state =>
    {
        state.Own.Add(transaction.ToString());
        if (state.Own.Count > MaxOwn)
        {
            state.Own.RemoveRange(0, state.Own.Count - MaxOwn);
        }

        return true;
    });

    /// <summary>True for one of the newest transactions of this wallet's own making.</summary>
    public bool IsOwn(TxId transaction) => Look(state => state.Own.Contains(transaction.ToString()));

    /// <summary>What a coin is promised to; null where it is free.</summary>
    public string? ReservedFor(ChainKind chain, OutPoint coin) =>
        Look(state => state.Reserved.GetValueOrDefault(Name(chain, coin)));

    /// <summary>Promises coins to something, such as an order; all of them or, where one is promised elsewhere, none.</summary>
    public bool TryReserve(ChainKind chain, IReadOnlyCollection<OutPoint> coins, string purpose) => Change(state =>
    {
        if (coins.Any(coin => state.Reserved.GetValueOrDefault(Name(chain, coin), purpose) != purpose))
        {
            return false;
        }

        foreach (var coin in coins)
        {
            state.Reserved[Name(chain, coin)] = purpose;
        }

        return true;
    });

    /// <summary>Frees every coin promised to something.</summary>
    public void Release(string purpose) => Change(state =>
    {
        var coins = state.Reserved.Where(pair => pair.Value == purpose).Select(pair => pair.Key).ToList();
        coins.ForEach(coin => state.Reserved.Remove(coin));
        return coins.Count > 0;
    });

    /// <summary>Frees these coins, where they are promised to this.</summary>
    public void Release(ChainKind chain, IReadOnlyCollection<OutPoint> coins, string purpose) => Change(state =>
        coins.Sum(coin => state.Reserved.GetValueOrDefault(Name(chain, coin)) == purpose
            && state.Reserved.Remove(Name(chain, coin)) ? 1 : 0) > 0);

    /// <summary>Everything that coins are promised to.</summary>
    public IReadOnlyCollection<string> Purposes() => Look(state => state.Reserved.Values.Distinct().ToArray());

    private static string Name(ChainKind chain, bool change) => $"{chain}/{(change ? "change" : "receive")}";

    private static string Name(ChainKind chain, OutPoint coin) => $"{chain}/{coin}";

    private T Look<T>(Func<State, T> look)
    {
        lock (_lock)
        {
            Reload();
            return look(_state);
        }
    }

    private bool Change(Func<State, bool> change)
    {
        lock (_lock)
        {
            using var others = LockOthersOut();

            // Read whatever its time says: that may be the same for two writes in a row, and what is written is all of it.
            _read = default;
            Reload();
            var changed = change(_state);
            if (changed && _path is not null)
            {
                DurableFile.WriteWhole(_path, JsonSerializer.SerializeToUtf8Bytes(_state, Json));
                _read = File.GetLastWriteTimeUtc(_path);
            }

            return changed;
        }
    }

    private void Reload()
    {
        if (_path is null || !File.Exists(_path) || File.GetLastWriteTimeUtc(_path) is var written && written == _read)
        {
            return;
        }

        try
        {
            // The time of before: what is written between the two is read again.
            var read = JsonSerializer.Deserialize<State>(File.ReadAllBytes(_path), Json)!;
            _of.Check(_path, read.Of);
            _state = read with { Of = _of };
            _read = written;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{_path} cannot be read. Move it away: the wallet finds its coins again without it.", e);
        }
    }

    private FileStream? LockOthersOut()
    {
        if (_path is null)
        {
            return null;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        var until = Environment.TickCount64 + LockMilliseconds;
        var pause = new SpinWait();
        while (true)
        {
            try
            {
                return new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                // Another process writes: that takes milliseconds, and so does each of these pauses.
                pause.SpinOnce(sleep1Threshold: 0);
            }
        }
    }

    private sealed record State(
        WalletChains? Of, Dictionary<string, uint> Given, Dictionary<string, string> Reserved, List<string> Own);
}
