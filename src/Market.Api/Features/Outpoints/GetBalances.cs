using System.Globalization;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Outpoints;

/// <summary>Asks what a key has shown that it holds.</summary>
public sealed record GetBalances(string Key) : IRequest<Result<Balances>>;

/// <summary>Adds it up.</summary>
public sealed class GetBalancesHandler(
    InstrumentSet instruments, Promises promises, OutpointView view, OwnLegsReader legs, IDbContextFactory<MarketDb> database,
    TimeProvider clock) : IRequestHandler<GetBalances, Result<Balances>>
{
    /// <inheritdoc/>
    public async Task<Result<Balances>> Handle(GetBalances request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        // As many as an account may prove, those first of which something is free: what is spent already adds nothing.
        var known = promises.Coins.Of(key, clock.GetUtcNow()).OrderByDescending(coin => coin.Free).ThenByDescending(
            coin => coin.Coin.ProvedAt).Take(ProveOutpoints.MostOfAccount).Select(coin => coin.Coin).ToList();
        try
        {
            var coins = await view.OfAsync(key, known, cancellationToken);
            var ordered = await OrderedAsync(key, cancellationToken);
            var assets = new List<AssetBalance>();
            foreach (var chain in OutpointChain.All(instruments))
            {
                assets.Add(new AssetBalance
                {
                    Asset = chain.Asset,
                    Chain = chain.Shown,
                    Free = DecimalStrings.Format(
                        coins.Where(coin => coin.Chain == chain.Shown)
                            .Sum(coin => long.Parse(coin.Free, CultureInfo.InvariantCulture))),
                    Ordered = DecimalStrings.Format(ordered.GetValueOrDefault(chain.Name)),
                    InSwap = DecimalStrings.Format(await InSwapAsync(key, chain, cancellationToken)),
                });
            }
            return new Balances { Assets = assets };
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }

    // Whole coins and parts of proved ones, by the chain's own name.
    private async Task<Dictionary<string, long>> OrderedAsync(string key, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await db.Set<OutpointRow>().AsNoTracking().Where(c => c.Locked)
            .Join(db.Set<OrderRow>().Where(o => o.Key == key && o.Live), c => new { c.Instrument, Id = c.Order },
                o => new { o.Instrument, o.Id },
                (c, o) => new { c.ChainName, Worth = c.Hold == 0 ? c.Value : c.Drawn })
            .GroupBy(c => c.ChainName).Select(c => new { c.Key, Worth = c.Sum(one => one.Worth) })
            .ToDictionaryAsync(c => c.Key, c => c.Worth, cancel);
    }

    private async Task<long> InSwapAsync(string key, OutpointChain chain, CancellationToken cancel) =>
        await legs.LockedAsync(
            key, chain.Kind,
            [.. instruments.All.Where(host => host.Market.NameOf(chain.Kind) == chain.Name).Select(host => host.Id)],
            cancel);
}

/// <summary>GET /api/v1/balances</summary>
public sealed class GetBalancesEndpoint : IEndpoint
{
    // Each coin is looked up, as where they are listed.
    private const int Weight = CallWeight.Middling * ProveOutpoints.MostOfAccount / GetOutpointsEndpoint.EachWeight;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Balances, async (Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetBalances(caller.Key), cancel)).Http())
        .Weighs(Weight)
        .Describe("getBalances", "Outpoints", "Proved coins by asset and state",
            "What the account has shown that it holds, in satoshis and base units: free of what is proved, promised to orders "
            + "(also by coins whose proof came with an order), and locked in its swaps, of which the newest "
            + $"{OwnLegsReader.MostSwaps} that are not closed are counted. Coins that it never proved are not in it: "
            + "the market holds nothing and sees no wallet.")
        .Returns(OutpointExamples.Balances).RequireAccount()
        .Refuses(ProblemCodes.ChainUnavailable);
}
