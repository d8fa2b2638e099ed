using FluentValidation;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Features.Orders;

/// <summary>Shapes that requests about orders share.</summary>
internal static class OrderShapes
{
    /// <summary>A client order id.</summary>
    public static IRuleBuilderOptions<T, string> ClientOrderId<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(IsClientOrderId).WithMessage("must be 1 to 32 of A-Z a-z 0-9 _ -");

    /// <summary>A part of face value; none is let through.</summary>
    public static IRuleBuilderOptions<T, DiscountFactor?> DiscountFactor<T>(this IRuleBuilder<T, DiscountFactor?> rule) => rule
        .Must(part => part is not { } d
            || (d.CompareTo(Contracts.DiscountFactor.Least) >= 0 && d.CompareTo(Contracts.DiscountFactor.Most) <= 0))
        .WithMessage($"must be from {Contracts.DiscountFactor.Least} to {Contracts.DiscountFactor.Most}");

    /// <summary>The market's id of an order, or "client:" and the client's.</summary>
    public static IRuleBuilderOptions<T, string> OrderId<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(id => id is not null && (OrderQueries.IsClients(id)
            ? IsClientOrderId(id[OrderQueries.ClientPrefix.Length..])
            : DecimalStrings.TryParse(id, out _)))
        .WithMessage("must be a number, or client: and a client order id");

    /// <summary>Whether a text is a client order id.</summary>
    public static bool IsClientOrderId(string? text) => text is { Length: > 0 and <= 32 }
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
