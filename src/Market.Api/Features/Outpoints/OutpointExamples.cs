using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Outpoints;

/// <summary>Examples of proved coins for the OpenAPI document.</summary>
internal static class OutpointExamples
{
    private const string TxId = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private const string Sharechain = "sharechain";
    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Body of proveOutpoints.</summary>
    public static ProveOutpoints Prove { get; } = new()
    {
        Chain = Sharechain,
        ExpiresAt = Then.AddDays(30),
        Outpoints =
        [
            new OutpointProof
            {
                Outpoint = TxId + ":0",
                Signature = "smpAkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk8"
                    + "9pO7F29zJLUx9a/sASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
            },
        ],
    };

    /// <summary>A coin that no order draws on.</summary>
    public static ProvedOutpoint Free { get; } = new()
    {
        Outpoint = TxId + ":0",
        Chain = "p2share",
        Asset = "P2SHARE",
        Value = "10000000000",
        State = OutpointState.Free,
        Promised = "0",
        Free = "10000000000",
        Orders = [],
        Change = false,
        ProvedAt = Then,
        ExpiresAt = Then.AddDays(30),
    };

    private static ProvedOutpoint Ordered { get; } = Free with
    {
        State = OutpointState.Ordered,
        Promised = "5000000170",
        Free = "4999999830",
        Orders =
        [
            new OutpointOrder { Instrument = Examples.InstrumentId, Id = "42", ClientOrderId = "a1", Amount = "5000000170" },
        ],
    };

    private static ProvedOutpoint InSwap { get; } = Free with
    {
        Outpoint = TxId + ":1",
        State = OutpointState.InSwap,
        Free = "0",
        SwapId = "5f4dcc3b5aa765d61d8327deb882cf99",
    };

    /// <summary>What proving gave.</summary>
    public static ProvedOutpoints Proved { get; } = new() { Outpoints = [Free] };

    /// <summary>A page of coins.</summary>
    public static Page<ProvedOutpoint> Page { get; } = new() { Items = [Ordered, InSwap], NextCursor = "17" };

    /// <summary>Balances.</summary>
    public static Balances Balances { get; } = new()
    {
        Assets =
        [
            new AssetBalance { Asset = "BTC", Chain = "mainchain", Free = "1200000", Ordered = "490655", InSwap = "245300" },
            new AssetBalance { Asset = "P2SHARE", Chain = "p2share", Free = "4999999830", Ordered = "5000000170", InSwap = "0" },
        ],
    };
}
