using System.Reflection;
using Market.Api.Tests.Host;
using MediatR;
using Microsoft.AspNetCore.Routing;

namespace Market.Api.Tests.Interface;

/// <summary>Every operation of the interface is a request that goes through the one pipeline.</summary>
public sealed class PipelineTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    [Fact]
    public void Every_operation_is_sent_through_the_mediator()
    {
        var operations = fixture.Host.Get<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null).ToList();

        Assert.NotEmpty(operations);
        Assert.Equal([], operations
            .Where(endpoint => !endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters()
                .Any(parameter => parameter.ParameterType == typeof(IMediator)))
            .Select(endpoint => endpoint.DisplayName));
    }
}
