using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Features.MarketData;

/// <summary>GET /api/v1/instruments/{instrument}/ticker</summary>
public sealed class GetTickerEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Ticker, (string instrument, InstrumentCatalog catalog, MarketFeed feed) => (
            catalog.Find(instrument) is null ? new Refusal(ProblemCodes.UnknownInstrument)
            : feed.Ticker.Value is { } ticker ? Result<Ticker>.FromValue(ticker)
            : new Refusal(ProblemCodes.Unavailable, "The market is starting.")).HttpWithETag())
        .Describe("getTicker", "Market data", "The instrument at a glance",
            "Figures of 24 hours, of final trades only; the last price over the full-pay-per-share worth of the work behind a " +
            "share; and its discount factor d with horizon, error and two parts.")
        .Returns(Examples.Ticker).Refuses(ProblemCodes.UnknownInstrument, ProblemCodes.Unavailable);
}
