using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;

namespace Market.Bench.Load;

/// <summary>Who trades and mines beside the readers: orders of ever new accounts, keys for their swaps, and blocks.</summary>
/// <param name="address">The server.</param>
/// <param name="accountsBefore">How many accounts there are already.</param>
internal sealed class LoadWriters(Uri address, int accountsBefore = 0)
{
    private const int OrdersOfOne = 40;
    private static readonly TimeSpan BlocksEvery = TimeSpan.FromSeconds(2);
    private int _accounts = accountsBefore;
    private readonly LoadRoute _signIn = new("POST, the two of signing in", []);
    private readonly LoadRoute _orders = new("POST " + Routes.Orders, []);
    private readonly LoadRoute _mine = new("GET " + Routes.Swaps + "?mine=true", []);
    private readonly LoadRoute _keys = new("POST " + Routes.SwapKeys, []);
    private readonly LoadRoute _cancel = new("POST " + Routes.CancelAll, []);
    private readonly LoadRoute _share = new("POST, a share or block mined", []);

    /// <summary>Accounts so far.</summary>
    public int Accounts => _accounts;

    /// <summary>The account of the first trader.</summary>
    public string? First { get; private set; }

    /// <summary>What they asked, and how it was answered.</summary>
    public IReadOnlyList<LoadRoute> Asked => [_signIn, _orders, _mine, _keys, _cancel, _share];

    /// <summary>What they did, in words.</summary>
    public string Summary =>
        $"{_orders.Times.TotalCount:N0} orders, {_keys.Times.TotalCount:N0} times keys, {_cancel.Times.TotalCount:N0} accounts";

    /// <summary>Blocks of both chains, so that there is something to trade on and to show.</summary>
    public async Task MineAsync(int shares, int blocks, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
        foreach (var (chain, count) in new[] { ("sharechain", shares), ("mainchain", blocks) })
        {
            if (count == 0) continue;
            await _share.TimeAsync(async () =>
            {
                using var answer = await http.PostAsJsonAsync(
                    $"{Routes.Root}/dev/{chain}/mine", new { count }, MarketJson.Options, cancel);
                return answer.StatusCode;
            });
        }
    }

    /// <summary>A share now and then, and every fifth time a block, until cancelled.</summary>
    public async Task MineOnAsync(CancellationToken cancel)
    {
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            await MineAsync(1, i % 5 == 0 ? 1 : 0, cancel);
            await Task.Delay(BlocksEvery, cancel);
        }
    }

    /// <summary>The orders of some accounts, one after the other.</summary>
    public async Task TradeAsync(int accounts, TimeSpan pause, CancellationToken cancel)
    {
        for (var i = 0; i < accounts && !cancel.IsCancellationRequested; i++)
        {
            using var trader = await EnterAsync(cancel);
            First ??= trader.Account;
            for (var order = 0; order < OrdersOfOne; order++)
            {
                var body = trader.Order(order);
                await _orders.TimeAsync(() => trader.SendAsync(body, cancel));
                await Task.Delay(pause, cancel);
            }
            await GiveKeysAsync(trader, cancel);
            await _cancel.TimeAsync(() => trader.PostAsync(
                Routes.CancelAll, new CancelAllOrders { Instrument = BenchTrader.Instrument }, cancel));
        }
    }

    private async Task<BenchTrader> EnterAsync(CancellationToken cancel)
    {
        BenchTrader? trader = null;
        await _signIn.TimeAsync(async () =>
        {
            trader = await BenchTrader.EnterAsync(address, Interlocked.Increment(ref _accounts), cancel);
            return HttpStatusCode.OK;
        });
        return trader!;
    }

    private async Task GiveKeysAsync(BenchTrader trader, CancellationToken cancel)
    {
        Page<SwapSummary>? mine = null;
        await _mine.TimeAsync(async () =>
        {
            mine = await trader.Http.GetFromJsonAsync<Page<SwapSummary>>(
                Routes.Swaps + "?mine=true&limit=100", MarketJson.Options, cancel);
            return HttpStatusCode.OK;
        });
        foreach (var swap in mine!.Items.Where(s => s.Outcome == SwapOutcome.Moving))
        {
            var detail = await trader.Http.GetFromJsonAsync<SwapDetail>(
                Routes.Swap.Replace("{id}", swap.Id, StringComparison.Ordinal), MarketJson.Options, cancel);
            if (detail!.Role is not { } role || detail.KeysGiven.Contains(role)) continue;
            await _keys.TimeAsync(() => trader.PostAsync(
                Routes.SwapKeys.Replace("{id}", swap.Id, StringComparison.Ordinal), Keys(role), cancel));
        }
    }

    private static GiveSwapKeys Keys(SwapRole role)
    {
        using var claim = PrivateKey.Create(RandomNumberGenerator.GetBytes(32));
        using var refund = PrivateKey.Create(RandomNumberGenerator.GetBytes(32));
        var keys = new GiveSwapKeys { ClaimKey = claim.PublicKey.ToString(), RefundKey = refund.PublicKey.ToString() };
        return role == SwapRole.Buyer ? keys : keys with
        {
            PaymentHash = Hex.Encode(SHA256.HashData(RandomNumberGenerator.GetBytes(32))),
            PayoutScript = Script.P2wpkh(claim.PublicKey).ToString(),
        };
    }
}
