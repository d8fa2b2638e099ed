using System.Security.Cryptography;
using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Trading;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Bench;

/// <summary>
/// Orders that are given to a sequencer as they come out of their checks, by many accounts at once: each account places
/// <see cref="Standing"/> orders, one in front of the other, and then cancels them one by one. Everything is committed as it always
/// is: journal, orders and coins.
/// </summary>
internal sealed class OrderHistory
{
    /// <summary>Accounts that place and cancel side by side.</summary>
    public const int Accounts = 64;

    /// <summary>Orders of an account that stand before it cancels the first.</summary>
    public const int Standing = 100;

    private const long Share = 100_000_000;

    private readonly Sequencer _sequencer;
    private readonly Account[] _accounts;

    private OrderHistory(Sequencer sequencer, Account[] accounts)
    {
        _sequencer = sequencer;
        _accounts = accounts;
    }

    private sealed record Account(string Key, AccountId Id, PublicKey PublicKey)
    {
        public uint Placed { get; set; }
    }

    /// <summary>The accounts, known to the server.</summary>
    public static async Task<OrderHistory> OpenAsync(IServiceProvider services)
    {
        var directory = services.GetRequiredService<AccountDirectory>();
        var accounts = new Account[Accounts];
        for (var i = 0; i < accounts.Length; i++)
        {
            using var key = PrivateKey.Create(SHA256.HashData(BitConverter.GetBytes(i + 1)));
            var name = Hex.Encode(key.PublicKey.XOnly.Span);
            accounts[i] = new Account(name, await directory.GetAsync(name, CancellationToken.None), key.PublicKey);
        }
        return new OrderHistory(services.GetRequiredService<InstrumentSet>().All[0].Sequencer, accounts);
    }

    /// <summary>Places so many orders of each account and cancels them; returns how many commands were committed.</summary>
    /// <exception cref="InvalidOperationException">One was refused.</exception>
    public async Task<long> RunAsync(int ordersEach)
    {
        var done = await Task.WhenAll(_accounts.Select((account, at) => RunAsync(account, at, ordersEach)));
        return done.Sum();
    }

    private async Task<long> RunAsync(Account account, int at, int orders)
    {
        var commands = 0L;
        for (var left = orders; left > 0; left -= Standing)
        {
            var names = new List<ClientOrderId>(Standing);
            var waiting = new List<Task<Api.Results.Result<Outcome>>>(Standing);
            for (var i = 0; i < Math.Min(left, Standing); i++)
            {
                var (command, draft) = Next(account, at);
                names.Add(command.ClientId);
                waiting.Add(_sequencer.PlaceAsync(command, draft, CancellationToken.None));
            }
            commands += await CountAsync(waiting);
            waiting.Clear();
            foreach (var name in names)
                waiting.Add(_sequencer.ExecuteAsync(Command.Cancel(account.Id, name), CancellationToken.None));
            commands += await CountAsync(waiting);
        }
        return commands;
    }

    private static async Task<int> CountAsync(List<Task<Api.Results.Result<Outcome>>> waiting)
    {
        foreach (var result in await Task.WhenAll(waiting))
        {
            if (result.Refusal is { } refusal)
                throw new InvalidOperationException($"A command was refused: {refusal.Code}, {refusal.Detail}");
        }
        return waiting.Count;
    }

    private static (Command Command, OrderDraft Draft) Next(Account account, int at)
    {
        var serial = account.Placed++;
        var name = $"h{serial}";
        if (!ClientOrderId.TryParse(name, out var id)) throw new InvalidOperationException($"{name} is no name.");
        var side = at % 2 == 0 ? Trading.Side.Buy : Trading.Side.Sell;
        var price = side == Trading.Side.Buy ? 90_000 - 10 * (serial % 100) : 110_000 + 10 * (serial % 100);
        var body = new byte[16];
        BitConverter.TryWriteBytes(body, serial);
        var coin = new Backing(BackingChainOf(side), MadeUpCoins.Make(account.PublicKey, serial), MadeUpCoins.Worth,
            Script.P2wpkh(account.PublicKey));
        return (Command.Limit(account.Id, side, price, Share, clientId: id, body: BitConverter.ToUInt128(body)),
            new OrderDraft(account.Key, name, body, [coin]));
    }

    private static ChainKind BackingChainOf(Trading.Side side) =>
        side == Trading.Side.Buy ? ChainKind.Mainchain : ChainKind.Sharechain;
}
