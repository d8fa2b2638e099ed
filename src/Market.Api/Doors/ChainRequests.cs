using FluentValidation;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors;

/// <summary>What requests about one chain share.</summary>
public static class ChainRequests
{
    /// <summary>A chain's wire name.</summary>
    public static IRuleBuilderOptions<T, string> Chain<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(c => WireEnum.TryParse<ChainName>(c, out _))
        .WithMessage($"must be one of {WireEnum.Names<ChainName>()}");
}
