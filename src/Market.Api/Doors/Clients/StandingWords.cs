using System.Globalization;
using Market.Api.Standing;
using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>A key's standing in sentences, for who looks at the pages.</summary>
public sealed class StandingWords(StandingBook book, ServiceDoor door)
{
    /// <summary>Its tier, what that gives, what the next one needs and what an order costs now.</summary>
    public string Of(string key)
    {
        var rule = book.RuleOf(key);
        var limits = TierTable.Of(rule.Tier);
        var price = door.PriceOf(GateKind.Orders, CallWeight.Middling, key);
        var needs = rule.NextNeeds(book.FactsOf(key)) is { } next ? $" The next tier needs {next}." : "";
        var cost = price == 0 ? "free now" : string.Create(CultureInfo.InvariantCulture, $"{price} credits where others wait");
        return string.Create(CultureInfo.InvariantCulture,
            $"Standing: {limits.Tier.ToString().ToLowerInvariant()}, {limits.OpenOrders} open orders, ")
            + string.Create(CultureInfo.InvariantCulture, $"{limits.TakesAtOnce} takes at once. An order is {cost}.{needs}");
    }
}
