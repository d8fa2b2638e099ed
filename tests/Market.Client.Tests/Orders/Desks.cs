using Market.Client.Orders;

namespace Market.Client.Tests.Orders;

/// <summary>Helps to ask of a desk.</summary>
internal static class Desks
{
    /// <summary>So that what is to fail is the order, and not what is asked before it.</summary>
    public static async Task GetInstrumentFirstAsync(this OrderDesk desk, OrderExchange market)
    {
        var fate = market.Fate;
        market.Fate = (_, _) => Way.Well;
        await desk.GetInstrumentAsync(TestContext.Current.CancellationToken);
        market.Fate = fate;
    }
}
