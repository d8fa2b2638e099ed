using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Features.Instruments;

/// <summary>GET /api/v1/instruments</summary>
public sealed class GetInstrumentsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instruments, (InstrumentCatalog catalog) =>
            Result<IReadOnlyList<Instrument>>.FromValue(catalog.All).HttpWithETag())
        .Describe("getInstruments", "Instruments", "All instruments", "With their trading rules.")
        .Returns<IReadOnlyList<Instrument>>([Examples.Instrument]);
}

/// <summary>GET /api/v1/instruments/{instrument}</summary>
public sealed class GetInstrumentEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instrument, (string instrument, InstrumentCatalog catalog) =>
            (catalog.Find(instrument) is { } found
                ? Result<Instrument>.FromValue(found)
                : new Refusal(ProblemCodes.UnknownInstrument, $"Known: {Instrument.P2ShareBtc}.")).HttpWithETag())
        .Describe("getInstrument", "Instruments", "One instrument", "With its trading rules.")
        .Returns(Examples.Instrument).Refuses(ProblemCodes.UnknownInstrument);
}
