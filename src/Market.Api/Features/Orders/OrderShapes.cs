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

    /// <summary>The market's id of an order, or "client:" and the client's.</summary>
    public static IRuleBuilderOptions<T, string> OrderId<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(id => id is not null && (OrderQueries.IsClients(id)
            ? IsClientOrderId(id[OrderQueries.ClientPrefix.Length..])
            : DecimalStrings.TryParse(id, out _)))
        .WithMessage("must be a number, or client: and a client order id");

    private static bool IsClientOrderId(string? text) => text is { Length: > 0 and <= 32 }
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
